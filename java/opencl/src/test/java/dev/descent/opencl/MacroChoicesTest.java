package dev.descent.opencl;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.contract.MatrixProductContract;
import dev.descent.contract.OperationContract;
import java.util.List;
import org.junit.jupiter.api.Nested;

/// The kernels with other macros than this device's own: so that what runs on graphics cards is
/// tested on a processor, too. Between them all forms of matmul see all products of the contract.
class MacroChoicesTest {
  /// Products by work-groups that share local memory, whatever the size. PoCL takes longest to build
  /// them, and other operations see no more of this than of the choice below.
  @Nested
  class Groups extends MatrixProductContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(new Tuning(2, 8, false, List.of(MatMulTile.tiled(2, 3, 2, 4, 2, 5))));
    }
  }

  /// No vectors, one work-item a group, one element of the result a work-item: the least that a
  /// device may offer.
  @Nested
  class Least extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(new Tuning(1, 1, false, List.of(MatMulTile.single(1, 1))));
    }
  }

  /// Work-groups straight from global memory, several elements and vectors a work-item, and
  /// neighbouring work-items on neighbouring elements.
  @Nested
  class DirectGroups extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(
          new Tuning(4, 16, false, List.of(new MatMulTile(false, 4, 3, 3, 2, 2, 3, 1, false))));
    }
  }
}
