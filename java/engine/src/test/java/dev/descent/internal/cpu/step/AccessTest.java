package dev.descent.internal.cpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.program.DType;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private static final int ROWS = 40;

  private final Program.Builder program = Program.builder();
  private final Tensor scores = floats("scores", ROWS, 10);
  private final Tensor weights = floats("weights", ROWS, ROWS);

  private Tensor floats(String name, int rows, int columns) {
    return program
        .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
        .asMatrix(rows, columns);
  }

  private final Access writer = new Access(List.of(), List.of(scores));
  private final Access reader = new Access(List.of(scores), List.of());

  @Test
  void rowsOfTheSameBlocksNeedNoBarrier() {
    assertTrue(writer.conflicts(reader));
    assertTrue(writer.byRows(ROWS, List.of()).conflicts(reader));
    assertTrue(writer.conflicts(reader.byRows(ROWS, List.of())));
    assertFalse(writer.byRows(ROWS, List.of()).conflicts(reader.byRows(ROWS, List.of())));
  }

  @Test
  void whatIsReadWholeNeedsOne() {
    Access own = writer.byRows(ROWS, List.of());
    assertTrue(own.conflicts(reader.byRows(ROWS, List.of(scores))));
    Access other = new Access(List.of(weights), List.of(scores)).byRows(ROWS, List.of(weights));
    assertFalse(own.conflicts(other));
    assertTrue(new Access(List.of(), List.of(weights)).byRows(ROWS, List.of()).conflicts(other));
  }

  /// Rows of another length are other elements.
  @Test
  void theSameElementsInAnotherShapeNeedOne() {
    Tensor flat = scores.buffer().asMatrix(10, ROWS);
    assertTrue(
        writer
            .byRows(ROWS, List.of())
            .conflicts(new Access(List.of(flat), List.of()).byRows(10, List.of())));
  }

  /// A sample's elements are the same in any shape, but those of other workers' rows are not.
  @Test
  void samplesOfOneStageNeedNone() {
    Tensor flat = scores.buffer().asMatrix(10, ROWS);
    Access other = new Access(List.of(flat), List.of()).bySamples(flat);
    assertFalse(writer.bySamples(scores).conflicts(other));
    assertTrue(writer.conflicts(other));
    assertTrue(writer.byRows(ROWS, List.of()).conflicts(other));
    Tensor part = flat.firstRows(5);
    assertTrue(
        writer.bySamples(scores).conflicts(new Access(List.of(part), List.of()).bySamples(part)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 40, 128})
  void blocksCoverAllRowsOnce(int rows) {
    for (int workers = 1; workers <= 9; workers++) {
      assertEquals(0, RowBlocks.start(rows, 0, workers));
      assertEquals(rows, RowBlocks.start(rows, workers, workers));
      for (int worker = 0; worker < workers; worker++) {
        int start = RowBlocks.start(rows, worker, workers);
        assertTrue(start <= RowBlocks.start(rows, worker + 1, workers));
        assertTrue(start == rows || start % RowBlocks.ROWS == 0);
      }
    }
  }
}
