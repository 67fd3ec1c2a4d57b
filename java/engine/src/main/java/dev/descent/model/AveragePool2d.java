package dev.descent.model;

import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import java.util.Locale;
import java.util.Objects;

/// Average pooling of images: the mean of the values that each channel has under the kernel, of
/// those inside the image.
///
/// @param height of the kernel, at least 1
/// @param width of the kernel, at least 1
/// @param stride how far the kernel moves, at least 1
/// @param padding what becomes of the image's edges
public record AveragePool2d(int height, int width, int stride, Padding padding) implements Layer {
  static final String TYPE = "average_pool2d";

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if one is below 1
  public AveragePool2d {
    Objects.requireNonNull(padding, "padding");
    Kernels.require(height, width, stride);
  }

  static AveragePool2d of(Settings settings) {
    return new AveragePool2d(
        settings.whole(TYPE),
        settings.whole("width", settings.whole(TYPE)),
        settings.whole("stride", settings.whole(TYPE)),
        settings.constant(Padding.class, "padding", Padding.VALID));
  }

  static AveragePool2d of(LayerWords words) {
    int[] size = words.size("the kernel's size");
    int stride = words.whole("stride", size[0]);
    return new AveragePool2d(size[0], size[1], stride, Kernels.padding(words));
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
    tape.add(new AveragePool(x, out, window));
    tape.backward(d -> {
      if (!tape.wantsInputGradient()) {
        return d;
      }
      Tensor dIn = tape.values("dIn", tape.input());
      tape.add(new AveragePoolBackward(d, dIn, window));
      return dIn;
    });
    return out;
  }

  @Override
  public String title() {
    return String.format(Locale.ROOT, "AveragePool2d %d x %d", height, width);
  }

  @Override
  public String describe() {
    return "average-pool " + Kernels.text(height, width, stride, height, padding);
  }
}
