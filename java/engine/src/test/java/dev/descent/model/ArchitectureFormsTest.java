package dev.descent.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.DataException;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Layers as text and as JSON.
class ArchitectureFormsTest {
  /// A layer of a user's own with settings of every kind.
  private record Mask(int size, float share, Mode mode, boolean soft) implements Layer {
    enum Mode {
      ROWS,
      ALL_COLUMNS
    }

    static Mask of(Settings s) {
      return new Mask(
          s.whole("mask"), s.number("share"), s.constant(Mode.class, "mode"), s.truth("soft"));
    }

    @Override
    public Settings settings() {
      return Settings.of("mask", size).with("share", share).with("mode", mode).with("soft", soft);
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

  /// A layer of a user's own with layers in it.
  private record Block(List<Layer> layers) implements Layer {
    @Override
    public Settings settings() {
      return Settings.of("block", layers);
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

  /// A layer of a user's own without settings.
  private record Plain() implements Layer {
    @Override
    public Settings settings() {
      return Settings.of("plain");
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

  private static <E> E any(Inputs random, E[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  /// A layer whose numbers go through text and JSON as they are.
  private static Layer layer(Inputs random, int depth) {
    int height = random.nextInt(1, 6);
    int width = random.nextBoolean() ? height : random.nextInt(1, 6);
    int stride = random.nextInt(1, 5);
    Padding padding = any(random, Padding.values());
    Activation activation = any(random, Activation.values());
    Initializer initializer = any(random, Initializer.values());
    return switch (random.nextInt(depth > 3 ? 9 : 10)) {
      case 0 -> new Dense(random.nextInt(1, 1 << 20), activation, initializer);
      case 1 -> new Activate(activation);
      case 2 -> new Dropout(random.nextFloat());
      case 3 -> new Flatten();
      case 4 ->
          new Conv2d(
              random.nextInt(1, 99), height, width, stride, padding, activation, initializer);
      case 5 -> new MaxPool2d(height, width, stride, padding);
      case 6 -> new AveragePool2d(height, width, stride, padding);
      case 7 -> new GlobalAveragePool2d();
      case 8 ->
          random.nextBoolean()
              ? new BatchNorm(BatchNorm.EPSILON, BatchNorm.MOMENTUM)
              : new BatchNorm(random.nextFloat() + Float.MIN_VALUE, random.nextFloat());
      default -> new Residual(layers(random, depth + 1));
    };
  }

  private static List<Layer> layers(Inputs random, int depth) {
    List<Layer> layers = new ArrayList<>();
    int count = random.nextInt(1, 6);
    for (int i = 0; i < count; i++) {
      layers.add(layer(random, depth));
    }
    return layers;
  }

  @Test
  void anyLayersGoThroughTextAndJson() {
    Inputs.check(
        2000,
        random -> {
          Optional<Shape> input =
              switch (random.nextInt(3)) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(Shape.row(random.nextInt(1, 1 << 20)));
                default ->
                    Optional.of(
                        new Shape(
                            random.nextInt(2, 99), random.nextInt(1, 99), random.nextInt(1, 5)));
              };
          var wanted = new Architecture(input, layers(random, 0));
          assertEquals(wanted, Architecture.parse(wanted.toString()), wanted::toString);
          assertEquals(wanted, Architecture.parse(wanted.json()), wanted::json);
        });
  }

  /// What is not said is the same as in the methods of Model.Builder.
  @Test
  void textsMeanWhatTheBuilderMakes() {
    Model built =
        Model.sequential(new Shape(12, 10, 3))
            .conv2d(8, 3, 1, Padding.SAME, Activation.RELU)
            .maxPool2d(2, Padding.VALID)
            .batchNorm()
            .residual(
                new Conv2d(8, 3, 3, 1, Padding.SAME, Activation.LINEAR, Initializer.GLOROT_UNIFORM),
                new BatchNorm(1e-5f, 0.9f))
            .activation(Activation.RELU)
            .conv2d(4, 2, 2, Padding.VALID, Activation.TANH)
            .averagePool2d(2, Padding.SAME)
            .dropout(0.25f)
            .flatten()
            .dense(7, Activation.GELU)
            .dense(5)
            .build(3);
    String text =
        "conv 8 3x3 same relu, pool 2, batchnorm, residual(conv 8 3x3 same, batchnorm epsilon"
            + " 1e-5 momentum 0.9), relu, conv 4 2x2 stride 2 tanh, average-pool 2 same, dropout"
            + " 0.25, flatten, dense 7 gelu, dense 5";
    Model read = Model.sequential(new Shape(12, 10, 3)).layers(text).build(3);
    assertEquals(built.layers(), read.layers());
    assertArrayEquals(built.parameters(), read.parameters());
    assertEquals("12x10x3: " + text.replace("1e-5", "1.0E-5"), Architecture.of(built).toString());
    String other =
        " 12 x 10 x 3 :CONV2D 8 3 relu same,\n MaxPool2d 2, batch_norm, flatten, Dense 3 he_normal"
            + " leaky-relu";
    assertEquals(
        "12x10x3: conv 8 3x3 same relu, pool 2, batchnorm, flatten, dense 3 leaky_relu he_normal",
        Architecture.parse(other).toString());
  }

  @ParameterizedTest
  @EnumSource(KnownModel.class)
  void networksByNameGoThroughText(KnownModel known) {
    Model model = known.build(24, 7);
    Architecture read = Architecture.parse(Architecture.of(model).toString());
    Model same = Model.sequential(read.input().orElseThrow()).layers(text(read)).build(7);
    assertEquals(model.layers(), same.layers());
    assertArrayEquals(model.parameters(), same.parameters());
  }

  private static String text(Architecture read) {
    return new Architecture(Optional.empty(), read.layers()).toString();
  }

  @Test
  void layersOfOnesOwnGoThroughTextAndJson() {
    LayerTypes.register("mask", Mask::of);
    LayerTypes.register("plain", _ -> new Plain());
    LayerTypes.register("block", s -> new Block(s.layers("block")));
    Layer mask = new Mask(3, 1e-20f, Mask.Mode.ALL_COLUMNS, true);
    var wanted =
        new Architecture(
            Optional.of(Shape.row(4)),
            List.of(
                new Plain(),
                mask,
                new Residual(List.of(mask, new Block(List.of(new Plain(), mask)))),
                new Block(List.of(new Dropout(0.5f)))));
    assertEquals(
        "4: plain, mask 3 share 1.0E-20 mode all_columns soft true, residual(mask 3 share 1.0E-20"
            + " mode all_columns soft true, block(plain, mask 3 share 1.0E-20 mode all_columns soft"
            + " true)), block(dropout 0.5)",
        wanted.toString());
    assertEquals(wanted, Architecture.parse(wanted.toString()));
    assertEquals(wanted, Architecture.parse(wanted.json()));
  }

  /// What a file leaves out is the same as what a text leaves out.
  @Test
  void jsonMayLeaveOutWhatIsUsual() {
    assertEquals(
        Architecture.parse(
            "28x28x1: conv 4 3x3, max-pool 2, average-pool 3, batchnorm, flatten, dense 7 relu,"
                + " dense 5"),
        Architecture.parse(
            """
            {"inputs": [28, 28, 1],
             "layers": [{"conv2d": 4, "height": 3}, {"max_pool2d": 2}, {"average_pool2d": 3},
                        {"batch_norm": true}, {"flatten": true},
                        {"dense": 7, "activation": "relu"}, {"dense": 5}]}
            """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          conv 32 3x3 smae, pool 2 | layer 1 (conv 32 3x3 smae): smae is not expected here; write conv FILTERS
          conv 32, pool 2 | layer 1 (conv 32): the kernel's size is missing; write conv FILTERS
          conv | layer 1 (conv): the number of filters is missing
          conv 0 3x3 | layer 1 (conv 0 3x3): the number of filters is 0, not a whole number from 1 to 999999999
          conv 4 3x | layer 1 (conv 4 3x): the kernel's size is 3x, not as 3x3
          conv 4 3x3 stride | there is nothing behind stride
          conv 4 3x3 stride 0 | stride is 0, not a whole number from 1 to 999999999
          conv 9999999999 3x3 | the number of filters is 9999999999, not a whole number from 1 to 999999999
          pool 2 relu | layer 1 (pool 2 relu): relu is not expected here; write pool HEIGHTxWIDTH
          pool 2 same valid | valid is not expected here
          dense 5, dropout 2 | layer 2 (dropout 2): dropout rate 2.0 is not in [0, 1)
          dropout x | layer 1 (dropout x): the share is x, not a number; write dropout SHARE
          dense 5,, relu | layer 2: there is none: layers stand between commas
          dense 5, | layer 2: there is none
          `` | layer 1: there is none
          gelu 5 | layer 1 (gelu 5): 5 is not expected here
          convolution 5 | layer 1 (convolution 5): no layer is called convolution; there are conv, pool
          residual | layer 1 (residual): its layers are missing; write residual(LAYERS)
          residual() | layer 1 (residual): layer 1: there is none
          residual(dense 5 | a ( without a ) behind it
          dense 5) | a ) without a ( before it
          relu, residual(dense 3, residual(pool)) | layer 2 (residual): layer 2 (residual): layer 1 (pool): the kernel's size is missing
          dense 5 (relu) | layer 1 (dense 5): brackets are not expected here
          28x28: dense 5 | 28x28 is no shape of a sample; write 28x28x1: or 784:
          0: dense 5 | 0 is no shape of a sample
          batchnorm epsilon 0 | epsilon is 0.0; must be > 0
          dense "5 | a quotation mark without another behind it
          {"layer":[]} | nothing is called layer; there are inputs and layers
          {"inputs":[28,28],"layers":[]} | inputs is
          {"inputs":4} | layers is not a list
          [{"dense":5},{"dense":0}] | layer 2: dense is 0, not a whole number from 1 to 2147483647
          [{"dens":5}] | layer 1: no layer type dens; known are
          """)
  void whatIsWrongIsNamed(String text, String message) {
    String said =
        assertThrows(IllegalArgumentException.class, () -> Architecture.parse(text)).getMessage();
    assertEquals(true, said.contains(message), said);
  }

  @Test
  void manyBracketsAndDamagedJsonAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Architecture.parse("residual(".repeat(100_000)));
    assertThrows(DataException.class, () -> Architecture.parse("[{\"dense\":5}"));
  }

  @Test
  void whatDoesNotFitIsNamedWithBothShapes() {
    var model =
        Model.sequential(new Shape(4, 4, 1)).layers("residual(conv 3 2x2), flatten, dense 2");
    assertEquals(
        "layer 1 (residual(conv 3 2x2)) gets samples of 4 x 4 x 1; it would add them to the 3 x 3 x"
            + " 3 of its layers",
        assertThrows(IllegalArgumentException.class, () -> model.build(1)).getMessage());
    var deep = Model.sequential(new Shape(4, 4, 1)).layers("residual(relu, dense 4)");
    assertEquals(
        "layer 1 (residual(relu, dense 4)) gets samples of 4 x 4 x 1; it has layers that do not"
            + " fit: layer 2 (dense 4) gets samples of 4 x 4 x 1; it takes rows of values: put a"
            + " flatten layer before it",
        assertThrows(IllegalArgumentException.class, () -> deep.build(1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Model.sequential(4).layers("5: dense 2"));
  }

  @Test
  void numbersAreTheSameInEveryCountry() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertEquals("dropout 0.5", Architecture.parse("dropout 0.5").toString());
      assertEquals("conv 12 3x3", Architecture.parse("CONV 12 3").toString());
    } finally {
      Locale.setDefault(before);
    }
  }
}
