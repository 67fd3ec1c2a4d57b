package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.program.Window;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Shapes of layers for images, what is refused, and files.
class ImageLayersTest {
  /// As Keras gives them: `ceil(size / stride)`, `floor((size - kernel) / stride) + 1`.
  @ParameterizedTest
  @CsvSource({
    "7, 2, 2, SAME, 4", "7, 2, 2, VALID, 3", "28, 3, 1, SAME, 28", "28, 5, 1, VALID, 24",
    "5, 3, 2, SAME, 3", "6, 3, 2, SAME, 3", "1, 5, 3, SAME, 1", "9, 1, 4, VALID, 3",
    "9, 1, 4, SAME, 3", "3, 3, 7, VALID, 1"
  })
  void places(int size, int kernel, int stride, Padding padding, int places) {
    var window = new Window(size, size, kernel, kernel, stride, padding);
    assertEquals(places, window.outHeight());
    assertEquals(places, window.outWidth());
  }

  @Test
  void theOddPositionOfPaddingIsBehind() {
    assertEquals(0, new Window(7, 7, 2, 2, 2, Padding.SAME).top());
    assertEquals(1, new Window(7, 7, 3, 3, 2, Padding.SAME).top());
    assertEquals(0, new Window(6, 6, 3, 3, 2, Padding.SAME).left());
    assertEquals(0, new Window(9, 9, 1, 1, 4, Padding.SAME).left());
  }

  private static String refusal(Model.Builder builder) {
    return assertThrows(IllegalArgumentException.class, () -> builder.build(1)).getMessage();
  }

  @Test
  void aKernelLargerThanItsImageIsRefused() {
    assertEquals(
        "layer 1 (conv 4 5x5) gets samples of 3 x 9 x 1; it takes images of at least"
            + " 5 x 5, its kernel's size",
        refusal(
            Model.sequential(new Shape(3, 9, 1))
                .conv2d(4, 5, 1, Padding.VALID, Activation.LINEAR)));
    assertEquals(
        "layer 2 (pool 3) gets samples of 2 x 2 x 4; it takes images of at"
            + " least 3 x 3, its kernel's size",
        refusal(
            Model.sequential(new Shape(4, 4, 1))
                .conv2d(4, 3, 1, Padding.VALID, Activation.LINEAR)
                .maxPool2d(3, Padding.VALID)));
  }

  @Test
  void moreValuesThanAnArrayHasAreRefused() {
    assertEquals(
        "layer 1 (conv 99999999 3x3) gets samples of 28 x 28 x 1; a shape of 26 x 26 x 99999999"
            + " has more than 2,147,483,647 values",
        refusal(
            Model.sequential(new Shape(28, 28, 1))
                .conv2d(99_999_999, 3, 1, Padding.VALID, Activation.LINEAR)));
  }

  @Test
  void aDenseLayerOfImagesIsRefused() {
    assertEquals(
        "layer 2 (dense 3) gets samples of 4 x 4 x 2; it takes rows of values: put a flatten layer"
            + " before it",
        refusal(
            Model.sequential(new Shape(4, 4, 1))
                .conv2d(2, 3, 1, Padding.SAME, Activation.LINEAR)
                .dense(3)));
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "1, 0, 1", "1, 1, 0", "1, 1, -1"})
  void sizesBelowOneAreRefused(int filters, int kernel, int stride) {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Model.sequential(new Shape(4, 4, 1))
                .conv2d(filters, kernel, stride, Padding.SAME, Activation.LINEAR));
  }

  @ParameterizedTest
  @CsvSource({"0, 0.9", "-1, 0.9", "NaN, 0.9", "Infinity, 0.9", "1, 1", "1, -0.1", "1, NaN"})
  void settingsOfBatchNormAreChecked(float epsilon, float momentum) {
    assertThrows(IllegalArgumentException.class, () -> new BatchNorm(epsilon, momentum));
  }

  @Test
  void filesKeepLayersAndStatistics(@TempDir Path folder) {
    Path file = folder.resolve("model.safetensors");
    Model model =
        Model.sequential(new Shape(9, 8, 3))
            .conv2d(4, 3, 2, Padding.SAME, Activation.GELU)
            .batchNorm(0.01f, 0.5f)
            .maxPool2d(2, Padding.SAME)
            .averagePool2d(2, Padding.VALID)
            .conv2d(5, 1, 1, Padding.VALID, Activation.RELU)
            .globalAveragePool2d()
            .dense(2)
            .build(3);
    model.set("batch_norm1.mean", new float[] {1, 2, 3, 4});
    model.save(file);
    Model read = Model.load(file);
    assertEquals(model.layers(), read.layers());
    assertEquals(model.input(), read.input());
    assertEquals(2, read.get("batch_norm1.mean")[1]);
    assertEquals(4 * 3 * 3 * 3, read.get("conv2d1.weight").length);
  }
}
