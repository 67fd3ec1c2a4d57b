package dev.descent.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.MaxPool;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What does not fit a window is refused with both shapes.
class WindowedShapesTest {
  private static final Window WINDOW = new Window(4, 5, 3, 3, 1, Padding.SAME);

  private static Tensor floats(String name, long rows, long columns) {
    return new Buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  private static String refused(Tensor x, Tensor w, Tensor out) {
    return assertThrows(IllegalArgumentException.class, () -> new Conv2d(x, w, out, WINDOW))
        .getMessage();
  }

  @Test
  void whatFitsIsTaken() {
    var conv = new Conv2d(floats("x", 40, 2), floats("w", 18, 7), floats("out", 40, 7), WINDOW);
    assertEquals(2, conv.inputs().size());
    // Unfolded: a row a place, a column a tap and channel.
    List<Operation> parts = conv.expand((name, rows, columns) -> floats(name, rows, columns));
    assertEquals("unfolded[40 x 18]", parts.getFirst().outputs().getFirst().toString());
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothShapes() {
    String images = refused(floats("x", 39, 2), floats("w", 18, 7), floats("out", 40, 7));
    assertTrue(images.contains("x[39 x 2]") && images.contains("out[40 x 7]"), images);
    assertTrue(images.contains("4 x 5, kernel 3 x 3, stride 1, same"), images);
    String channels = refused(floats("x", 40, 3), floats("w", 18, 7), floats("out", 40, 7));
    assertTrue(channels.contains("x[40 x 3]") && channels.contains("w[18 x 7]"), channels);
    String filters = refused(floats("x", 40, 2), floats("w", 18, 7), floats("out", 40, 8));
    assertTrue(filters.contains("w[18 x 7]") && filters.contains("out[40 x 8]"), filters);
    Tensor place = floats("x", 40, 2);
    assertTrue(refused(place, floats("w", 18, 2), place).contains("overwrite"));
  }

  @Test
  void tapsAreWholeNumbers() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new MaxPool(floats("x", 20, 2), floats("out", 20, 2), floats("taps", 20, 2), WINDOW));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 1, 1, 1, SAME",
    "4, 0, 1, 1, 1, SAME",
    "4, 5, 0, 1, 1, SAME",
    "4, 5, 1, -1, 1, VALID",
    "4, 5, 1, 1, 0, SAME",
    "4, 5, 5, 1, 1, VALID",
    "4, 5, 1, 6, 1, VALID",
    "65536, 65536, 1, 1, 1, VALID"
  })
  void impossibleWindowsAreRefused(
      int height, int width, int kernelHeight, int kernelWidth, int stride, Padding padding) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Window(height, width, kernelHeight, kernelWidth, stride, padding));
  }
}
