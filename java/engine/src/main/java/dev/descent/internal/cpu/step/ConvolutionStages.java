package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.RunKernel;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.program.Operation;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Convolution as matrix products of lines of images, with nothing unfolded: where an image lies
/// with zeros around it, the taps of a line of the kernel are neighbours, so the left operand of
/// the product is the image itself, its rows overlapping.
final class ConvolutionStages {
  /// Elements of a line of the kernel below which the image is unfolded line by line: products that
  /// sum so few are slow.
  private static final int SHORT = 16;

  /// Elements that are unfolded at once, unless those of a single line are more: they stay in a cache.
  private static final int UNFOLDED = 1 << 14;

  private ConvolutionStages() {}

  /// The two parts of a convolution: weights into panels, which need not wait for what is
  /// convolved, and the product.
  ///
  /// @param works the kinds of products
  /// @param bytes of memory that they have themselves
  record Forward(Stage pack, SampleWork product, List<PanelWork> works, long bytes) {}

  static Forward of(
      Conv2d op,
      Epilogue epilogue,
      PanelKernel kernel,
      Elementwise math,
      Storage storage,
      int workers) {
    Window window = op.window();
    int channels = (int) op.x().columns();
    int filters = (int) op.w().columns();
    var panels = new KernelPanels(kernel, window.taps() * channels, filters);
    float[] packed = panels.allocate();
    FloatSpan w = storage.floats(op.w());
    Pack pack = row -> w.offset() + row * filters;
    var product =
        new Product(
            op,
            storage.floats(op.x()),
            PaddedImage.input(window, channels),
            window.outHeight(),
            window.outWidth(),
            window,
            window.stride(),
            panels,
            packed,
            storage.floats(op.out()),
            filters,
            epilogue,
            math,
            workers);
    return new Forward(
        pack(op, panels, packed, w.array(), pack, 1, window.taps() * channels, filters),
        product,
        product.works(),
        bytes(packed) + product.bytes());
  }

  static Forward of(
      Conv2dBackwardInput op,
      Epilogue epilogue,
      PanelKernel kernel,
      Elementwise math,
      Storage storage,
      int workers) {
    Window window = op.window();
    int channels = (int) op.dX().columns();
    int filters = (int) op.w().columns();
    int rows = window.taps() * filters;
    var panels = new KernelPanels(kernel, rows, channels);
    float[] packed = panels.allocate();
    FloatSpan w = storage.floats(op.w());
    // The taps in the other order, and channels and filters in each other's place.
    Pack pack =
        row -> {
          int tap = window.taps() - 1 - row / filters;
          return w.offset() + tap * channels * filters + row % filters;
        };
    var product =
        new Product(
            op,
            storage.floats(op.dOut()),
            PaddedImage.output(window, filters),
            window.height(),
            window.width(),
            window,
            1,
            panels,
            packed,
            storage.floats(op.dX()),
            channels,
            epilogue,
            math,
            workers);
    return new Forward(
        pack(op, panels, packed, w.array(), pack, filters, rows, channels),
        product,
        product.works(),
        bytes(packed) + product.bytes());
  }

  static long bytes(float[]... arrays) {
    return Arrays.stream(arrays).mapToLong(array -> (long) array.length * Float.BYTES).sum();
  }

  /// Where the first element of a row of the packed matrix comes from.
  private interface Pack {
    int start(int row);
  }

  /// @param stride how far the elements of a row lie apart among the weights
  private static Stage pack(
      Operation op,
      KernelPanels panels,
      float[] packed,
      float[] weights,
      Pack pack,
      int stride,
      int rows,
      int columns) {
    return new Stage() {
      @Override
      public void run(int worker, int workers) {
        int end = Split.start(rows, worker + 1, workers);
        for (int panel = 0; panel < panels.count(); panel++) {
          int first = panels.column(panel);
          int some = panels.columns(panel);
          for (int row = Split.start(rows, worker, workers); row < end; row++) {
            int to = panels.index(row, panel);
            int from = pack.start(row) + first * stride;
            for (int j = 0; j < some; j++) {
              packed[to + j] = weights[from + j * stride];
            }
          }
        }
      }

      @Override
      public String describe() {
        return String.format(
            Locale.ROOT, "%s: weights in panels, %d x %d", op.name(), rows, columns);
      }
    };
  }

  /// The product, image by image.
  private static final class Product implements SampleWork {
    private final Operation operation;
    private final FloatSpan source;
    private final PaddedImage image;
    private final int outHeight;
    private final int outWidth;
    private final int kernelHeight;
    private final int kernelWidth;
    private final int stride;
    private final int run;
    private final boolean isShort;

    /// Lines of the result for which the image is unfolded at once.
    private final int band;

    private final int bandLines;
    private final KernelPanels panels;
    private final @Nullable RunKernel byRuns;
    private final float[] packed;
    private final FloatSpan out;
    private final int columns;
    private final Epilogue epilogue;
    private final Elementwise math;
    private final float[][] padded;
    private final float[][] unfolded;
    private final float[][] tiles;
    private final int lines;

    Product(
        Operation operation,
        FloatSpan source,
        PaddedImage image,
        int outHeight,
        int outWidth,
        Window window,
        int stride,
        KernelPanels panels,
        float[] packed,
        FloatSpan out,
        int columns,
        Epilogue epilogue,
        Elementwise math,
        int workers) {
      this.operation = operation;
      this.source = source;
      this.image = image;
      this.outHeight = outHeight;
      this.outWidth = outWidth;
      this.kernelHeight = window.kernelHeight();
      this.kernelWidth = window.kernelWidth();
      this.stride = stride;
      this.panels = panels;
      this.byRuns = panels.runKernel();
      this.packed = packed;
      this.out = out;
      this.columns = columns;
      this.epilogue = epilogue;
      this.math = math;
      this.padded = new float[workers][image.size() + Workspace.LEAD];
      this.run = kernelWidth * image.channels();
      this.isShort = byRuns == null && run < SHORT;
      int most = (UNFOLDED / (outWidth * run) - kernelHeight) / stride + 1;
      this.band = Math.clamp(most, 1, outHeight);
      this.bandLines = (band - 1) * stride + kernelHeight;
      this.unfolded = new float[workers][isShort ? outWidth * bandLines * run + Workspace.LEAD : 0];
      this.lines = isShort ? 1 : lines();
      this.tiles =
          new float[workers][byRuns == null ? rows(lines) * panels.width(0) + Workspace.LEAD : 0];
    }

    /// Lines that are computed together, with the columns of zeros between them: one, or more where
    /// the kernel prepares the panel for each product.
    private int lines() {
      int more = (panels.groupRows(outWidth) - outWidth) / image.paddedWidth();
      return Math.min(outHeight, 1 + more);
    }

    private int rows(int count) {
      return (count - 1) * image.paddedWidth() + outWidth;
    }

    List<PanelWork> works() {
      return byRuns != null ? List.of() : panels.works(rows(lines), true);
    }

    long bytes() {
      return ConvolutionStages.bytes(padded)
          + ConvolutionStages.bytes(unfolded)
          + ConvolutionStages.bytes(tiles);
    }

    @Override
    public void run(int worker, int from, int to) {
      for (int i = from; i < to; i++) {
        image.copy(source, i, padded[worker], Workspace.LEAD);
        if (byRuns != null) {
          multiplyByRuns(byRuns, padded[worker], i * outHeight * outWidth);
          continue;
        }
        for (int y = 0; y < outHeight; y += lines) {
          lines(worker, i, y, Math.min(lines, outHeight - y));
        }
      }
    }

    /// All lines at once, a run being what lies under a line of the filters: each result goes to its place, with its
    /// bias.
    private void multiplyByRuns(RunKernel kernel, float[] from, int row) {
      FloatSpan bias = epilogue.bias();
      for (int panel = 0; panel < panels.count(); panel++) {
        int column = panels.column(panel);
        int some = panels.columns(panel);
        int width = panels.width(panel);
        kernel.multiplyRuns(
            some,
            outHeight,
            outWidth,
            kernelHeight,
            run,
            from,
            Workspace.LEAD,
            stride * image.line(),
            stride * image.channels(),
            1,
            image.line(),
            packed,
            panels.start(panel),
            0,
            width,
            run * width,
            bias == null ? null : bias.array(),
            bias == null ? 0 : bias.offset() + column,
            out.array(),
            out.offset() + row * columns + column,
            columns,
            false);
        epilogue.finish(math, out, columns, row, column, outHeight * outWidth, some);
      }
    }

    private void lines(int worker, int i, int y, int count) {
      float[] tile = tiles[worker];
      if (isShort && y % band == 0) {
        unfold(padded[worker], unfolded[worker], y * stride);
      }
      int first = (i * outHeight + y) * outWidth;
      for (int panel = 0; panel < panels.count(); panel++) {
        if (isShort) {
          panels.multiply(
              packed,
              panel,
              0,
              kernelHeight * run,
              outWidth,
              unfolded[worker],
              Workspace.LEAD + y % band * stride * run,
              bandLines * run,
              1,
              tile,
              Workspace.LEAD,
              false);
        } else {
          multiply(padded[worker], panel, y, rows(count), tile);
        }
        int some = panels.columns(panel);
        int column = panels.column(panel);
        int width = panels.width(panel);
        for (int n = 0; n < count; n++) {
          epilogue.store(
              math,
              tile,
              Workspace.LEAD + n * image.paddedWidth() * width,
              width,
              out,
              columns,
              first + n * outWidth,
              column,
              outWidth,
              some);
        }
      }
    }

    private void multiply(float[] from, int panel, int y, int rows, float[] tile) {
      for (int tap = 0; tap < kernelHeight; tap++) {
        panels.multiply(
            packed,
            panel,
            tap * run,
            run,
            rows,
            from,
            Workspace.LEAD + (y * stride + tap) * image.line(),
            stride * image.channels(),
            1,
            tile,
            Workspace.LEAD,
            tap > 0);
      }
    }

    /// For each place of a line what lies under a line of the kernel, from some line of the image on:
    /// line behind line, so that what lies under all of the kernel are neighbours wherever it begins.
    private void unfold(float[] from, float[] to, int firstLine) {
      int step = stride * image.channels();
      int lines = Math.min(bandLines, image.paddedHeight() - firstLine);
      for (int line = 0; line < lines; line++) {
        int first = Workspace.LEAD + (firstLine + line) * image.line();
        int at = Workspace.LEAD + line * run;
        for (int x = 0; x < outWidth; x++) {
          for (int e = 0; e < run; e++) {
            to[at + e] = from[first + e];
          }
          first += step;
          at += bandLines * run;
        }
      }
    }

    @Override
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%s%s -> %s: products of lines, %d x %d in %s",
          operation.name(),
          epilogue.bias() == null ? "" : " + epilogue",
          operation.outputs().getFirst(),
          kernelHeight * kernelWidth * image.channels(),
          columns,
          panels.describe());
    }
  }
}
