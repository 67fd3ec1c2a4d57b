package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Padding;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// A convolution of images: `y = f(x * W + b)`, W being `height x width x channels x filters`.
///
/// @param filters the channels that it gives, at least 1
/// @param height of the kernel, at least 1
/// @param width of the kernel, at least 1
/// @param stride how far the kernel moves, at least 1
/// @param padding what becomes of the image's edges
/// @param activation what is applied to each sum
/// @param initializer how the weights start
public record Conv2d(
    int filters,
    int height,
    int width,
    int stride,
    Padding padding,
    Activation activation,
    Initializer initializer)
    implements Layer {
  static final String TYPE = "conv2d";

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if one is below 1
  public Conv2d {
    Objects.requireNonNull(padding, "padding");
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(initializer, "initializer");
    if (filters < 1) {
      throw new IllegalArgumentException("a convolution of " + filters + " filters; must be >= 1");
    }
    Kernels.require(height, width, stride);
  }

  static Conv2d of(Settings settings) {
    Activation activation = settings.constant(Activation.class, "activation", Activation.LINEAR);
    return new Conv2d(
        settings.whole(TYPE),
        settings.whole("height"),
        settings.whole("width", settings.whole("height")),
        settings.whole("stride", 1),
        settings.constant(Padding.class, "padding", Padding.VALID),
        activation,
        settings.constant(Initializer.class, "initializer", Initializer.suits(activation)));
  }

  static Conv2d of(LayerWords words) {
    int filters = words.whole("the number of filters");
    int[] size = words.size("the kernel's size");
    int stride = words.whole("stride", 1);
    Activation activation = Kernels.activation(words);
    return new Conv2d(
        filters,
        size[0],
        size[1],
        stride,
        Kernels.padding(words),
        activation,
        Kernels.initializer(words, activation));
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE, filters)
        .with("height", height)
        .with("width", width)
        .with("stride", stride)
        .with("padding", padding)
        .with("activation", activation)
        .with("initializer", initializer);
  }

  private Window window(Shape input) {
    return Kernels.window(input, height, width, stride, padding);
  }

  @Override
  public Shape output(Shape input) {
    Window window = window(input);
    return new Shape(window.outHeight(), window.outWidth(), filters);
  }

  @Override
  public List<Weight> weights(Shape input) {
    double taps = (double) height * width;
    Weight weight =
        Weight.of("weight", initializer, height, width, input.channels(), filters)
            .fans(taps * input.channels(), taps * filters);
    return List.of(weight, weight.bias());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    boolean inPlace = activation.derivativeFromResult();
    Window window = window(tape.input());
    Shape shape = output(tape.input());
    Tensor weight = tape.weight("weight");
    Tensor sum = tape.values("out", shape);
    Tensor out = inPlace ? sum : tape.values("activated", shape);
    tape.add(new WindowedOperation.Conv2d(x, weight, sum, window));
    tape.add(new AddBias(sum, tape.weight("bias"), sum));
    if (activation != Activation.LINEAR) {
      tape.add(new ElementwiseOperation.Activate(activation, sum, out));
    }
    tape.backward(d -> {
      if (activation != Activation.LINEAR) {
        tape.add(new ActivateBackward(activation, inPlace ? out : sum, d, d));
      }
      tape.add(new Conv2dBackwardWeights(x, d, tape.gradient("weight"), window));
      tape.add(new SumRows(d, tape.gradient("bias")));
      if (!tape.wantsInputGradient()) {
        return d;
      }
      Tensor dIn = tape.values("dIn", tape.input());
      tape.add(new Conv2dBackwardInput(d, weight, dIn, window));
      return dIn;
    });
    return out;
  }

  @Override
  public Layer withoutActivation() {
    return new Conv2d(filters, height, width, stride, padding, Activation.LINEAR, initializer);
  }

  @Override
  public long multiplyAdds(Shape input) {
    return (long) output(input).positions() * height * width * input.channels() * filters;
  }

  @Override
  public String title() {
    String kernel = String.format(Locale.ROOT, "Conv2d %d x %d", height, width);
    return activation == Activation.LINEAR
        ? kernel
        : kernel + " (" + Settings.word(activation) + ")";
  }

  @Override
  public String describe() {
    return "conv "
        + filters
        + " "
        + Kernels.text(height, width, stride, 1, padding)
        + Kernels.text(activation, initializer);
  }
}
