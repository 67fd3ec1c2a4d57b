package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What goes wrong is said in one line, and leaves no wrong number behind.
public abstract class FaultContract extends BackendContract {
  /// Without random inputs.
  protected FaultContract() {
    super(Inputs.of(1), Opening.EACH_TEST);
  }

  private final Program.Builder builder = Program.builder();
  private final Tensor state =
      builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();

  private Tensor floats(String name, long rows, long columns) {
    return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  private Tensor ints(String name, long length) {
    return builder.buffer(name, Role.DATA, DType.I32, length).asColumn();
  }

  private Program program(Operation operation) {
    return builder.step("step", List.of(operation)).build();
  }

  @Test
  void aProgramThatDoesNotFitIsRefusedWithItsSizes() {
    long size = 1L << 40;
    Tensor huge = floats("huge", size, 1);
    Program program =
        program(new SgdUpdate(huge, floats("g", size, 1), floats("rates", 1, 1), state));
    var e = assertThrows(DeviceException.class, () -> backend.compile(program));
    String digits = String.valueOf(e.getMessage()).replace(",", "");
    assertTrue(
        digits.contains(Long.toString(size))
            || digits.contains(Long.toString(size * Float.BYTES))
            || digits.contains(Long.toString(program.bytes()))
            || String.valueOf(e.getMessage()).contains("take a smaller batch or model"),
        e.getMessage());
    assertOneLine(e);
  }

  @Test
  void aLabelOutsideTheClassesStopsTheRun() {
    Tensor labels = ints("labels", 3);
    Tensor losses = floats("losses", 1, 1);
    Program program =
        program(new SoftmaxCrossEntropy(floats("logits", 3, 4), labels, state, losses, null));
    for (int wrong : new int[] {4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, labels, new int[] {0, wrong, 3}, "SoftmaxCrossEntropy", "label");
    }
  }

  @Test
  void aRowOutsideTheDataStopsTheRun() {
    Tensor order = ints("order", 5);
    Program program =
        program(new GatherRows(floats("source", 5, 7), order, state, floats("out", 2, 7), 1));
    for (int wrong : new int[] {5, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, order, new int[] {0, wrong, 2, 3, 4}, "GatherRows", "row");
    }
    for (int cursor : new int[] {4, 5, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, state, new int[] {cursor, 0, 0, 0}, "GatherRows", "row");
    }
  }

  @Test
  void aSlotOutsideTheRatesStopsTheRun() {
    Program program =
        program(new SgdUpdate(floats("p", 1, 9), floats("g", 1, 9), floats("rates", 3, 1), state));
    for (int slot : new int[] {3, -1, Integer.MAX_VALUE}) {
      stops(program, state, new int[] {0, slot, 0, 0}, "SgdUpdate", "slot");
    }
  }

  @Test
  void aSlotOutsideTheRatesStopsAProductThatUpdates() {
    Tensor g = floats("g", 4, 5);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(floats("x", 3, 4), true, floats("d", 3, 5), false, g),
                    new SgdUpdate(floats("p", 4, 5), g, floats("rates", 3, 1), state)))
            .build();
    for (int slot : new int[] {3, -1, Integer.MAX_VALUE}) {
      stops(program, state, new int[] {0, slot, 0, 0}, "SgdUpdate", "slot");
    }
  }

  /// What is written makes the step fail, and afterwards the executable can only be closed; the
  /// backend can compile it again.
  private void stops(Program program, Tensor tensor, int[] wrong, String operation, String what) {
    for (int time = 0; time < 2; time++) {
      try (Executable executable = backend.compile(program)) {
        executable.write(tensor, MemorySegment.ofArray(wrong));
        var e = assertThrows(DeviceException.class, () -> executable.run("step", 1));
        assertTrue(String.valueOf(e.getMessage()).contains(operation), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
        assertOneLine(e);
        MemorySegment back = MemorySegment.ofArray(new int[wrong.length]);
        assertThrows(IllegalStateException.class, () -> executable.run("step", 1));
        assertThrows(IllegalStateException.class, () -> executable.read(tensor, back));
        assertThrows(IllegalStateException.class, () -> executable.write(tensor, back));
        assertThrows(IllegalStateException.class, () -> executable.profile("step", 1));
      }
    }
  }

  private static void assertOneLine(Throwable e) {
    assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
  }

  @Test
  void aDeviceThatIsNotThereIsSaidSo() {
    var e =
        assertThrows(
            BackendUnavailableException.class, () -> open(new BackendOptions(99, 0)).close());
    assertTrue(String.valueOf(e.getMessage()).contains("not 99"), e.getMessage());
  }
}
