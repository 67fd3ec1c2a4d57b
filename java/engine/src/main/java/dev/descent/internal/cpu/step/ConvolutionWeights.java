package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.RunKernel;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The derivative of a convolution by its weights: for each group of images the products with all
/// positions of an image at once, and their total. Between the lines of the derivative, which are
/// shorter than those of the image with its zeros, lie zeros too.
///
/// Columns fill whole vectors and rows do not, so the shorter way round is taken: the filters as
/// columns, or a line of the kernel as columns and the filters as rows (225 x 50: a fifth less).
final class ConvolutionWeights implements SampleWork {
  /// Columns that take as long as one of them.
  private static final int VECTOR = 16;

  private final Conv2dBackwardWeights operation;
  private final FloatSpan x;
  private final FloatSpan dOut;
  private final FloatSpan dW;
  private final PaddedImage image;
  private final Window window;
  private final SampleGroups groups;
  private final int filters;
  private final int positions;
  private final int run;
  private final boolean filtersAreRows;
  private final PanelKernel kernel;
  private final @Nullable RunKernel byRuns;
  private final Elementwise math;
  private final KernelPanels panels;
  private final KernelPanels derivatives;
  private final float[][] padded;
  private final float[][] spread;
  private final List<float[]> sums = new ArrayList<>();

  /// @param workers of the team
  ConvolutionWeights(
      Conv2dBackwardWeights op,
      SampleGroups groups,
      PanelKernel kernel,
      Elementwise math,
      Storage storage,
      int workers) {
    this.operation = op;
    this.x = storage.floats(op.x());
    this.dOut = storage.floats(op.dOut());
    this.dW = storage.floats(op.dW());
    this.window = op.window();
    this.kernel = kernel;
    this.byRuns = kernel instanceof RunKernel runs ? runs : null;
    this.math = math;
    int channels = (int) op.x().columns();
    this.image = PaddedImage.input(window, channels);
    this.groups = groups;
    this.filters = (int) op.dW().columns();
    this.positions = (window.outHeight() - 1) * image.paddedWidth() + window.outWidth();
    this.run = window.kernelWidth() * channels;
    this.filtersAreRows = filters * Split.units(run, VECTOR) < run * Split.units(filters, VECTOR);
    int lines = window.kernelHeight();
    this.panels =
        filtersAreRows
            ? new KernelPanels(kernel, lines * filters, run)
            : new KernelPanels(kernel, lines * run, filters);
    this.derivatives = new KernelPanels(kernel, positions, filters);
    this.padded = new float[workers][image.size() + Workspace.LEAD + kernel.maxWidth()];
    this.spread = new float[workers][];
    for (int worker = 0; worker < workers; worker++) {
      spread[worker] =
          byRuns != null
              ? new float[0]
              : filtersAreRows
                  ? new float[Workspace.LEAD + positions * filters]
                  : derivatives.allocate();
    }
    for (int group = 0; group < groups.count(); group++) {
      sums.add(panels.allocate());
    }
  }

  /// The kinds of products.
  List<PanelWork> works() {
    if (byRuns != null) {
      return List.of();
    }
    return filtersAreRows ? panels.works(filters, false) : derivatives.works(run, false);
  }

  /// The bytes of memory that the stages have themselves.
  long bytes() {
    return ConvolutionStages.bytes(padded)
        + ConvolutionStages.bytes(spread)
        + ConvolutionStages.bytes(sums.toArray(float[][]::new));
  }

  @Override
  public void run(int worker, int from, int to) {
    int group = groups.groupOf(from);
    int first = groups.start(group);
    float[] total = sums.get(group);
    float[] d = spread[worker];
    for (int i = from; i < to; i++) {
      image.copy(x, i, padded[worker], Workspace.LEAD);
      if (byRuns != null) {
        addByRuns(byRuns, padded[worker], i, total, i > first);
      } else if (filtersAreRows) {
        spreadLines(i, d);
        addByFilters(padded[worker], d, total, i > first);
      } else {
        spread(i, d);
        add(padded[worker], d, total, i > first);
      }
    }
  }

  @Override
  public SampleGroups sums() {
    return groups;
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%s -> %s: in %d groups, %d x %d x %d in %s%s",
        operation.name(),
        operation.dW(),
        groups.count(),
        window.kernelHeight() * run,
        positions,
        filters,
        panels.describe(),
        filtersAreRows ? ", filters as rows" : "");
  }

  /// The lines of the derivative and of the image are runs, so no zeros lie between those of the derivative.
  private void addByRuns(RunKernel kernel, float[] padded, int i, float[] to, boolean add) {
    float[] d = dOut.array();
    int width = window.outWidth();
    int lines = Math.max(1, MatMulPlan.MAX_K_BLOCK / width);
    int line = image.line();
    int step = window.stride() * image.channels();
    for (int panel = 0; panel < panels.count(); panel++) {
      int column = panels.column(panel);
      for (int y = 0; y < window.outHeight(); y += lines) {
        int runs = Math.min(lines, window.outHeight() - y);
        int from = Workspace.LEAD + y * window.stride() * line;
        int place = i * window.outHeight() + y;
        int fromD = dOut.offset() + place * width * filters;
        kernel.multiplyRuns(
            panels.columns(panel),
            window.kernelHeight(),
            filtersAreRows ? filters : run,
            runs,
            width,
            filtersAreRows ? d : padded,
            filtersAreRows ? fromD : from,
            filtersAreRows ? 0 : line,
            1,
            filtersAreRows ? filters : step,
            filtersAreRows ? width * filters : window.stride() * line,
            filtersAreRows ? padded : d,
            (filtersAreRows ? from : fromD) + column,
            filtersAreRows ? line : 0,
            filtersAreRows ? step : filters,
            filtersAreRows ? window.stride() * line : width * filters,
            null,
            0,
            to,
            panels.start(panel),
            panels.width(panel),
            add || y > 0);
      }
    }
  }

  private void spreadLines(int i, float[] to) {
    int line = window.outWidth() * filters;
    int from = dOut.offset() + i * window.places() * filters;
    for (int y = 0; y < window.outHeight(); y++) {
      int at = Workspace.LEAD + y * image.paddedWidth() * filters;
      System.arraycopy(dOut.array(), from + y * line, to, at, line);
    }
  }

  private void addByFilters(float[] from, float[] d, float[] to, boolean add) {
    int step = window.stride() * image.channels();
    for (int panel = 0; panel < panels.count(); panel++) {
      int width = panels.width(panel);
      for (int tap = 0; tap < window.kernelHeight(); tap++) {
        int b0 = Workspace.LEAD + tap * image.line() + panels.column(panel);
        for (int k = 0; k < positions; k += MatMulPlan.MAX_K_BLOCK) {
          kernel.multiplyPanel(
              width,
              filters,
              Math.min(MatMulPlan.MAX_K_BLOCK, positions - k),
              d,
              Workspace.LEAD + k * filters,
              1,
              filters,
              from,
              b0 + k * step,
              step,
              to,
              panels.index(tap * filters, panel),
              width,
              add || k > 0);
        }
      }
    }
  }

  private void spread(int i, float[] to) {
    for (int panel = 0; panel < derivatives.count(); panel++) {
      int some = derivatives.columns(panel);
      int from = dOut.offset() + i * window.places() * filters + derivatives.column(panel);
      for (int y = 0; y < window.outHeight(); y++) {
        int at = derivatives.index(y * image.paddedWidth(), panel);
        int width = derivatives.width(panel);
        math.copy(dOut.array(), from, filters, to, at, width, window.outWidth(), some);
        from += window.outWidth() * filters;
      }
    }
  }

  private void add(float[] from, float[] d, float[] to, boolean add) {
    for (int panel = 0; panel < panels.count(); panel++) {
      for (int tap = 0; tap < window.kernelHeight(); tap++) {
        derivatives.multiply(
            d,
            panel,
            0,
            positions,
            run,
            from,
            Workspace.LEAD + tap * image.line(),
            1,
            window.stride() * image.channels(),
            to,
            panels.index(tap * run, panel),
            add);
      }
    }
  }

  /// The stage that adds the groups' sums, in their order; workers share out the rows.
  Stage totals() {
    return new Stage() {
      @Override
      public void run(int worker, int workers) {
        int rows = window.kernelHeight() * (filtersAreRows ? filters : run);
        int from = Split.start(rows, worker, workers);
        int end = Split.start(rows, worker + 1, workers);
        for (int panel = 0; panel < panels.count(); panel++) {
          total(panel, from, end);
        }
      }

      @Override
      public String describe() {
        return "%s -> %s: total of the groups, by rows".formatted(operation.name(), operation.dW());
      }
    };
  }

  /// In place of the first group's sums, whose rows are neighbours in a panel.
  private void total(int panel, int from, int end) {
    int start = panels.index(from, panel);
    int count = panels.index(end, panel) - start;
    float[] total = sums.getFirst();
    for (int group = 1; group < groups.count(); group++) {
      add(sums.get(group), total, start, count);
    }
    int first = panels.column(panel);
    int some = panels.columns(panel);
    for (int row = from; row < end; row++) {
      int at = panels.index(row, panel);
      if (filtersAreRows) {
        int to = dW.offset() + (row / filters * run + first) * filters + row % filters;
        for (int j = 0; j < some; j++) {
          dW.array()[to + j * filters] = total[at + j];
        }
      } else {
        System.arraycopy(total, at, dW.array(), dW.offset() + row * filters + first, some);
      }
    }
  }

  private static void add(float[] x, float[] to, int start, int count) {
    int end = start + count;
    for (int i = start; i < end; i++) {
      to[i] += x[i];
    }
  }
}
