package dev.descent.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import dev.descent.data.known.Digits;
import dev.descent.model.AveragePool2d;
import dev.descent.model.Conv2d;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.MaxPool2d;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Residual;
import dev.descent.model.Settings;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Models as ONNX files, run by ONNX Runtime, and read again.
final class OnnxTest {
  @TempDir private Path folder;

  /// Writes a model, compares ONNX Runtime's outputs with the reference's, and reads the model
  /// again.
  private void check(Model model, Inputs inputs) {
    Path file = folder.resolve("model.onnx");
    for (Parameter parameter : model.parameterList()) {
      // As large as those of a trained network, so that sums do not cancel.
      float bound = (float) Math.min(0.7, 1 / Math.sqrt(parameter.rows()));
      boolean variance = parameter.name().endsWith("variance");
      model.set(
          parameter.name(),
          inputs.uniform(parameter.size(), variance ? 0.5f : -bound, variance ? 2 : bound));
    }
    float[] batch = inputs.floats((1 + inputs.nextInt(5)) * (long) model.inputs());
    float[] expected = run(model, file, batch);
    Model read = Onnx.read(file);
    assertEquals(model.input(), read.input());
    assertEquals(model.metadata(), read.metadata());
    assertEquals(model.preparation(), read.preparation());
    assertArrayEquals(expected, OnnxRuntime.predict(read, batch), model.summary());
    List<Parameter> parameters = model.parameterList();
    for (int i = 0; i < parameters.size(); i++) {
      assertArrayEquals(
          model.get(parameters.get(i).name()),
          read.get(read.parameterList().get(i).name()),
          parameters.get(i).name());
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void everyActivation(Activation activation) {
    Inputs.check(
        4,
        inputs -> {
          int width = 1 + inputs.nextInt(40);
          check(
              Model.sequential(1 + inputs.nextInt(30))
                  .dense(width, activation)
                  .dense(1 + inputs.nextInt(12))
                  .build(1),
              inputs);
          check(Model.sequential(width).dense(3).activation(activation).build(1), inputs);
          check(
              Model.sequential(5)
                  .dense(4, Activation.TANH)
                  .activation(activation)
                  .dense(2, Activation.SOFTMAX)
                  .build(1),
              inputs);
        });
  }

  @Test
  void flattenedImages() {
    Inputs.check(
        8,
        inputs -> {
          var shape =
              new Shape(1 + inputs.nextInt(5), 1 + inputs.nextInt(5), 1 + inputs.nextInt(4));
          check(Model.sequential(shape).flatten().dense(3).build(1), inputs);
        });
    check(
        Model.sequential(new Shape(4, 3, 2))
            .activation(Activation.SOFTMAX)
            .flatten()
            .flatten()
            .dense(2)
            .build(1),
        Inputs.fresh());
  }

  @ParameterizedTest
  @EnumSource(Padding.class)
  void windowsOverImages(Padding padding) {
    Inputs.check(
        20,
        inputs -> {
          int stride = 1 + inputs.nextInt(3);
          int kernel = 1 + inputs.nextInt(4);
          int channels = 1 + inputs.nextInt(3);
          var shape = new Shape(8 + inputs.nextInt(5), 8 + inputs.nextInt(5), channels);
          Activation activation = inputs.nextBoolean() ? Activation.GELU : Activation.LEAKY_RELU;
          check(
              Model.sequential(shape)
                  .layer(
                      new Conv2d(
                          1 + inputs.nextInt(5),
                          kernel,
                          1 + inputs.nextInt(4),
                          stride,
                          padding,
                          activation,
                          Initializer.ONES))
                  .layer(new MaxPool2d(2, 1 + inputs.nextInt(2), 1 + inputs.nextInt(2), padding))
                  .flatten()
                  .dense(3)
                  .build(1),
              inputs);
          check(
              Model.sequential(shape)
                  .batchNorm()
                  .layer(new AveragePool2d(kernel, 2, stride, padding))
                  .layer(
                      new Conv2d(
                          2, 1, 1, 1, padding, Activation.LINEAR, Initializer.GLOROT_UNIFORM))
                  .batchNorm(1e-4f, 0.5f)
                  .activation(Activation.RELU)
                  .globalAveragePool2d()
                  .dense(4, Activation.SOFTMAX)
                  .build(1),
              inputs);
        });
  }

  /// Writes a model and compares ONNX Runtime's outputs with the reference's, which it returns.
  private static float[] run(Model model, Path file, float[] batch) {
    Onnx.write(model, file);
    long rows = batch.length / model.inputs();
    Shape input = model.input();
    long[] shape =
        input.isRow()
            ? new long[] {rows, input.size()}
            : new long[] {rows, input.height(), input.width(), input.channels()};
    float[] expected = OnnxRuntime.predict(model, batch);
    OnnxRuntime.assertClose(expected, OnnxRuntime.run(file, batch, shape), model.summary());
    return expected;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv 3 3x3 same relu, residual(conv 3 3x3 same, batchnorm), relu, pool 2, flatten",
        "residual(conv 2 1x1, conv 2 3x3 same tanh), conv 3 3x3, residual(relu), flatten",
        "residual(dropout 0.5), residual(pool 3 stride 1 same, residual(conv 2 3x3 same)),"
            + " conv 4 2x2, flatten, residual(dense 4 gelu, batchnorm, dense 80), tanh",
        "conv 2 1x1, residual(residual(residual(conv 2 1x1, relu)), conv 2 3x3 same gelu), relu,"
            + " average-pool 2, global-average-pool, residual(dense 2, softmax), residual(tanh)",
        "conv 3 3x3 same, residual(conv 3 3x3 same)"
      })
  void residualPaths(String layers) {
    Inputs inputs = Inputs.fresh();
    Model.Builder builder = Model.sequential(new Shape(6, 5, 2)).layers(layers);
    Model model = (layers.endsWith("same)") ? builder : builder.dense(3)).build(inputs.nextLong());
    check(model, inputs);
    Model read = Onnx.read(folder.resolve("model.onnx"));
    assertEquals(paths(model.layers()), paths(read.layers()), read.summary());
  }

  private static long paths(List<Layer> layers) {
    return layers.stream()
        .mapToLong(layer -> layer instanceof Residual path ? 1 + paths(path.layers()) : 0)
        .sum();
  }

  @Test
  void imagesThatShrinkToOnePositionAndOutputsThatAreImages() {
    Inputs inputs = Inputs.fresh();
    var conv =
        new Conv2d(3, 4, 4, 1, Padding.VALID, Activation.SOFTMAX, Initializer.GLOROT_UNIFORM);
    check(Model.sequential(new Shape(4, 4, 2)).layer(conv).dense(2).build(1), inputs);
    check(Model.sequential(new Shape(4, 4, 2)).layer(conv).flatten().dense(2).build(1), inputs);
    check(Model.sequential(new Shape(4, 4, 2)).layer(conv).build(1), inputs);
    check(Model.sequential(new Shape(6, 5, 2)).layer(conv).build(1), inputs);
    check(Model.sequential(3).batchNorm().dense(2).batchNorm().build(1), inputs);
  }

  @Test
  void theCoursesModel() {
    check(
        Model.sequential(784)
            .dense(512, Activation.RELU)
            .dense(512, Activation.RELU)
            .dense(10)
            .build(1),
        Inputs.fresh());
  }

  @Test
  void dropoutIsLeftOut() {
    Model model =
        Model.sequential(3)
            .dropout(0.1f)
            .dense(4, Activation.RELU)
            .dropout(0.5f)
            .dense(2)
            .dropout(0.2f)
            .build(1);
    check(model, Inputs.fresh());
    assertEquals(2, Onnx.read(folder.resolve("model.onnx")).layers().size());
  }

  @Test
  void metadataTravels() {
    Model model = Model.sequential(3).dense(2).build(1);
    model.metadata().put("classes", "[\"caf\u00e9\",\"\u4e00\"]");
    model.metadata().put("loss", "softmax cross-entropy");
    check(model, Inputs.fresh());
    assertEquals(model.metadata(), OnnxRuntime.metadata(folder.resolve("model.onnx")));
    // Beyond what ONNX Runtime's Java interface can tell.
    model.metadata().put("classes", "[\"\ud83d\ude00\"]");
    check(model, Inputs.fresh());
  }

  @Test
  void thePreparationTravels() {
    Model model = Model.sequential(784).dense(10).build(1);
    model.preparation(Digits.draw(1, 0, 10).preparation().orElseThrow());
    check(model, Inputs.fresh());
    assertEquals(
        model.preparation().orElseThrow().text(),
        OnnxRuntime.metadata(folder.resolve("model.onnx")).get("descent.preparation"));
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    Model model =
        Model.sequential(30).dense(20, Activation.GELU).dense(10, Activation.LEAKY_RELU).build(7);
    model.metadata().put("b", "2");
    model.metadata().put("a", "1");
    Path first = folder.resolve("first.onnx");
    Path second = folder.resolve("second.onnx");
    Onnx.write(model, first);
    Onnx.write(model.with(model.parameters()), second);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    Onnx.write(Onnx.read(first), second);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test
  void numbersThatAreNoneTravelBitForBit() {
    Model model = Model.sequential(2).dense(2).build(1);
    float[] odd = {Float.intBitsToFloat(0x7fc00123), Float.NEGATIVE_INFINITY, -0f, Float.MIN_VALUE};
    model.set("dense1.weight", odd);
    Path file = folder.resolve("odd.onnx");
    Onnx.write(model, file);
    float[] read = Onnx.read(file).get("dense1.weight");
    for (int i = 0; i < odd.length; i++) {
      assertEquals(Float.floatToRawIntBits(odd[i]), Float.floatToRawIntBits(read[i]));
    }
  }

  @Test
  void aLayerOfAnotherProgramIsRefusedAndTheOldFileStays() throws IOException {
    record Nothing() implements Layer {
      @Override
      public Settings settings() {
        return Settings.of("nothing");
      }

      @Override
      public Shape output(Shape input) {
        return input;
      }

      @Override
      public Tensor apply(Tensor x, Tape tape) {
        return x;
      }
    }

    Path file = Files.writeString(folder.resolve("old.onnx"), "old");
    Model model = Model.sequential(2).dense(2).layer(new Nothing()).build(1);
    var refused = assertThrows(DescentException.class, () -> Onnx.write(model, file));
    assertEquals("layer2 (nothing) has no counterpart in ONNX", refused.getMessage());
    assertEquals("old", Files.readString(file));
  }

  @Test
  void aFileIsWrittenWholeOrNotAtAll() throws IOException {
    Model model = Model.sequential(2).dense(2).build(1);
    Path file = folder.resolve("nowhere/model.onnx");
    assertThrows(DescentException.class, () -> Onnx.write(model, file));
    assertFalse(Files.exists(file));
    Onnx.write(model, folder.resolve("model.onnx"));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of("model.onnx"), files.map(f -> f.getFileName().toString()).toList());
    }
    assertTrue(Files.size(folder.resolve("model.onnx")) < 1000);
  }
}
