package dev.descent.report;

import dev.descent.data.DataSet;
import dev.descent.internal.format.Png;
import dev.descent.internal.page.Html;
import dev.descent.model.BoundLayer;
import dev.descent.model.Conv2d;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The kernels of a network's first layer, where that is a convolution of one channel, and what
/// each makes of an image.
final class FiltersSection {
  /// More are not worth looking at.
  private static final int MOST = 100;

  /// The side of a picture on the page.
  private static final int PICTURE = 84;

  private final BoundLayer layer;
  private final Conv2d conv;
  private final float[] weights;
  private final float[] bias;
  private final @Nullable DataSet images;

  private FiltersSection(Model model, BoundLayer layer, Conv2d conv, @Nullable DataSet images) {
    this.layer = layer;
    this.conv = conv;
    this.weights = model.get(layer.name() + ".weight");
    this.bias = model.get(layer.name() + ".bias");
    this.images = images;
  }

  /// The section, if a network has such a layer.
  ///
  /// @param images of which the first is shown, or null
  static Optional<FiltersSection> of(Model model, @Nullable DataSet images) {
    BoundLayer first = model.boundLayers().getFirst();
    return first.layer() instanceof Conv2d conv
            && first.input().channels() == 1
            && model.firstNonFinite().isEmpty()
        ? Optional.of(new FiltersSection(model, first, conv, images))
        : Optional.empty();
  }

  Html html() {
    int count = Math.min(MOST, conv.filters());
    List<Html> kernels = new ArrayList<>();
    List<Html> maps = new ArrayList<>();
    boolean shown = images != null && images.isBytes() && images.features() == layer.input().size();
    for (int f = 0; f < count; f++) {
      kernels.add(figure(kernel(f), conv.width(), conv.height(), "kernel " + (f + 1)));
      if (shown) {
        Shape map = layer.output();
        maps.add(figure(map(f), map.width(), map.height(), "feature map " + (f + 1)));
      }
    }
    return Html.of(
        Html.element("h2", Html.text("What the first layer looks for")),
        Html.paragraph(
            Figures.format(
                "The %,d kernels of %d x %d of the first convolution, from the smallest weight,"
                    + " black, to the largest, white.",
                conv.filters(), conv.height(), conv.width())),
        Html.element("div", "gallery", Html.of(kernels)),
        shown
            ? Html.of(
                Html.paragraph(
                    "What each makes of the first validation image, before its activation."),
                Html.element("div", "gallery", Html.of(maps)))
            : Html.EMPTY);
  }

  private float[] kernel(int filter) {
    float[] kernel = new float[conv.height() * conv.width()];
    for (int tap = 0; tap < kernel.length; tap++) {
      kernel[tap] = weights[tap * conv.filters() + filter];
    }
    return kernel;
  }

  private float[] map(int filter) {
    Shape input = layer.input();
    var window =
        new Window(
            input.height(),
            input.width(),
            conv.height(),
            conv.width(),
            conv.stride(),
            conv.padding());
    float[] map = new float[window.places()];
    byte[] pixels = images == null ? new byte[0] : images.bytes();
    for (int place = 0; place < map.length; place++) {
      float sum = bias[filter];
      for (int tap = 0; tap < window.taps(); tap++) {
        int y =
            place / window.outWidth() * window.stride() + tap / window.kernelWidth() - window.top();
        int x =
            place % window.outWidth() * window.stride()
                + tap % window.kernelWidth()
                - window.left();
        if (y >= 0 && y < input.height() && x >= 0 && x < input.width()) {
          int pixel = pixels[y * input.width() + x] & 0xFF;
          sum += DataSet.BYTE_SCALE * pixel * weights[tap * conv.filters() + filter];
        }
      }
      map[place] = sum;
    }
    return map;
  }

  /// From the smallest value, black, to the largest, white.
  private static Html figure(float[] values, int width, int height, String name) {
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    byte[] grey = new byte[values.length];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) Math.round(most > least ? 255 * (values[i] - least) / (most - least) : 128);
    }
    double scale = (double) PICTURE / Math.max(width, height);
    return Html.element(
        "figure",
        Html.image(
            Png.grey(grey, 0, width, height),
            name,
            (int) Math.max(1, Math.round(width * scale)),
            (int) Math.max(1, Math.round(height * scale))),
        Html.element("figcaption", Html.text(name)));
  }
}
