package dev.descent.opencl;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.contract.OperationContract;
import java.util.List;
import org.junit.jupiter.api.Nested;

/// The kernels with other macros than this device's own: so that what runs on graphics cards is tested
/// on a processor, too.
class MacroChoicesTest {
  /// Work-groups that share local memory, and neighbouring work-items on neighbouring elements.
  @Nested
  class Groups extends OperationContract {
    @Override
    protected Backend open(BackendOptions options) {
      return TestDevice.open(
          new Tuning(
              2, 8, false, List.of(MatMulTile.tiled(2, 3, 2, 4, 2, 5), MatMulTile.single(1, 8))));
    }
  }
}
