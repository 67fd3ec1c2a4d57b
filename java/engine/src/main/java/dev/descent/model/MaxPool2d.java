package dev.descent.model;

import dev.descent.program.DType;
import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.Locale;
import java.util.Objects;

/// Max pooling of images: the largest value that each channel has under the kernel.
///
/// @param height of the kernel, at least 1
/// @param width of the kernel, at least 1
/// @param stride how far the kernel moves, at least 1
/// @param padding what becomes of the image's edges
public record MaxPool2d(int height, int width, int stride, Padding padding) implements Layer {
  static final String TYPE = "max_pool2d";

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if one is below 1
  public MaxPool2d {
    Objects.requireNonNull(padding, "padding");
    Kernels.require(height, width, stride);
  }

  static MaxPool2d of(Settings settings) {
    return new MaxPool2d(
        settings.whole(TYPE),
        settings.whole("width", settings.whole(TYPE)),
        settings.whole("stride", settings.whole(TYPE)),
        settings.constant(Padding.class, "padding", Padding.VALID));
  }

  static MaxPool2d of(LayerWords words) {
    int[] size = words.size("the kernel's size");
    int stride = words.whole("stride", size[0]);
    return new MaxPool2d(size[0], size[1], stride, Kernels.padding(words));
  }

  /// The main value is the kernel's height.
  @Override
  public Settings settings() {
    return Settings.of(TYPE, height)
        .with("width", width)
        .with("stride", stride)
        .with("padding", padding);
  }

  private Window window(Shape input) {
    return Kernels.window(input, height, width, stride, padding);
  }

  @Override
  public Shape output(Shape input) {
    Window window = window(input);
    return new Shape(window.outHeight(), window.outWidth(), input.channels());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    Window window = window(tape.input());
    Tensor out = tape.values("out", output(tape.input()));
    Tensor taps = tape.values("taps", DType.I32, output(tape.input()));
    tape.add(new MaxPool(x, out, taps, window));
    tape.backward(d -> {
      if (!tape.wantsInputGradient()) {
        return d;
      }
      Tensor dIn = tape.values("dIn", tape.input());
      tape.add(new MaxPoolBackward(d, taps, dIn, window));
      return dIn;
    });
    return out;
  }

  @Override
  public String title() {
    return String.format(Locale.ROOT, "MaxPool2d %d x %d", height, width);
  }

  @Override
  public String describe() {
    return "pool " + Kernels.text(height, width, stride, height, padding);
  }
}
