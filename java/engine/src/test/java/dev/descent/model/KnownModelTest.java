package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The sizes of networks by name, as their sources print them.
class KnownModelTest {
  private static final int LETTERS = 24;

  private static long all(Model model) {
    return model.parameterList().stream().mapToLong(Parameter::size).sum();
  }

  @Test
  void theCoursesNetworkInPyTorch() {
    Model model = KnownModel.ASL_CNN.build(LETTERS, 1);
    // PyTorch does not count running means and variances.
    assertEquals(404_099, model.parameterCount());
    assertEquals(
        List.of("28 x 28 x 25", "14 x 14 x 25", "14 x 14 x 50", "7 x 7 x 50", "7 x 7 x 75"),
        model.boundLayers().stream()
            .filter(l -> l.layer() instanceof Conv2d || l.layer() instanceof MaxPool2d)
            .map(l -> l.output().toString())
            .limit(5)
            .toList());
    assertEquals(675, flattened(model));
    // Forward, of a sample: 9 x 25 x 784, 225 x 50 x 196, 450 x 75 x 49, 675 x 512, 512 x 24.
    assertEquals(176_400 + 2_205_000 + 1_653_750 + 345_600 + 12_288, multiplyAdds(model));
  }

  @Test
  void theCoursesNetworkInKeras() {
    Model model = KnownModel.ASL_CNN_KERAS.build(LETTERS, 1);
    // Keras counts them: two of 75 + 50 + 25.
    assertEquals(264_049, all(model));
    assertEquals(264_049 - 300, model.parameterCount());
    // 28, 14, 7 and, rounded up, 4.
    assertEquals(400, flattened(model));
  }

  @Test
  void theNetworkForDigits() {
    Model model = KnownModel.MNIST_CNN.build(10, 1);
    assertEquals(800, flattened(model));
    assertEquals(
        25 * 24 + 24 + 216 * 32 + 32 + 800 * 256 + 256 + 256 * 10 + 10, model.parameterCount());
  }

  private static int flattened(Model model) {
    return model.boundLayers().stream()
        .filter(l -> l.layer() instanceof Flatten)
        .findFirst()
        .orElseThrow()
        .output()
        .size();
  }

  private static long multiplyAdds(Model model) {
    return model.boundLayers().stream().mapToLong(l -> l.layer().multiplyAdds(l.input())).sum();
  }
}
