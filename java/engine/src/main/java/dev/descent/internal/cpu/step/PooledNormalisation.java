package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Places;
import dev.descent.internal.lowering.Group;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A normalisation of which only the largest of each window goes on. What lies between is stored in
/// the last repetition of a run alone, for callers. The derivative needs no more than the elements
/// that were the largest of their windows: all others have none from above.
final class PooledNormalisation {
  private final Group.PooledNormalisation group;
  private final Elementwise math;
  private final Storage storage;
  private final int workers;
  private final Windows windows;
  private final int channels;

  /// The elements before normalisation that were the largest, if there is a derivative.
  private final float[] chosen;

  /// What comes from above to these.
  private final float[] above;

  /// @param workers of the team
  PooledNormalisation(
      Group.PooledNormalisation group, Elementwise math, Storage storage, int workers) {
    this.group = group;
    this.math = math;
    this.storage = storage;
    this.workers = workers;
    this.windows = new Windows(group.pool().window());
    this.channels = (int) group.pool().x().columns();
    int elements = group.derivative() == null ? 0 : (int) group.pool().out().size();
    this.chosen = new float[elements];
    this.above = new float[elements];
  }

  /// The bytes of what is kept for the derivative.
  long bytes() {
    return (long) Float.BYTES * (chosen.length + above.length);
  }

  /// @param normalise the first operation's work
  /// @param works that of all, operation by operation
  /// @param mask of the dropout, if there is one
  SampleWork forward(
      NormalisationStages.Rows normalise, List<SampleWork> works, @Nullable DropoutMask mask) {
    FloatSpan x = storage.floats(group.normalise().x());
    FloatSpan out = storage.floats(group.pool().out());
    IntSpan taps = storage.ints(group.pool().taps());
    int @Nullable [] kept = mask == null ? null : mask.bits();
    Places[] places = windows.places(channels, workers);
    Windows.Run[] runs =
        IntStream.range(0, workers)
            .mapToObj(worker -> {
              boolean keeps = group.derivative() != null;
              float[] to = keeps ? chosen : new float[windows.outWidth * channels];
              float[][] factors = normalise.own()[worker];
              float scale = group.keepScale();
              return (Windows.Run)
                  (some, place) -> {
                    int at = place * channels;
                    math.largestNormalised(
                        x.array(),
                        some,
                        factors,
                        group.activate() != null,
                        scale,
                        kept,
                        x.offset(),
                        out.array(),
                        out.offset() + at,
                        taps.array(),
                        taps.offset() + at,
                        to,
                        keeps ? at : 0);
                  };
            })
            .toArray(Windows.Run[]::new);
    return new SampleWork() {
      @Override
      public void begin(int worker) {
        for (SampleWork work : works) {
          work.begin(worker);
        }
      }

      @Override
      public void run(int worker, int from, int to) {
        for (SampleWork work : works) {
          work.run(worker, from, to);
        }
        if (group.derivative() != null) {
          runAmidRepetitions(worker, from, to);
        }
      }

      @Override
      public void runAmidRepetitions(int worker, int from, int to) {
        for (int image = from; image < to; image++) {
          for (int y = 0; y < windows.outHeight; y++) {
            windows.forEach(places[worker], image, y, x.offset(), runs[worker]);
          }
        }
      }

      @Override
      public String describe() {
        return group.normalise().name() + group.suffix() + " -> " + group.pool().out();
      }
    };
  }

  /// The sums that are the derivatives by the normalisation's weights.
  SampleSums sums(Group.PooledNormalisationBackward backward, SampleGroups groups) {
    Tensor pooled = group.pool().out();
    FloatSpan out = storage.floats(pooled);
    FloatSpan dOut = storage.floats(backward.pool().dOut());
    Dropout dropout = backward.dropout();
    Activation activation = group.activation();
    NormalisationStages.Slope slope =
        (from, count) -> {
          // Nothing that was dropped is above zero.
          math.activateBackward(
              activation,
              out.array(),
              out.offset() + from,
              count,
              dOut.array(),
              dOut.offset() + from,
              count,
              above,
              from,
              count,
              1,
              count);
          if (dropout != null) {
            scale(above, from, count, dropout.keepScale());
          }
        };
    return NormalisationStages.of(
        backward.sums(),
        groups,
        groups.elements(pooled),
        new FloatSpan(chosen, 0, chosen.length),
        slope,
        new FloatSpan(above, 0, above.length),
        backward.sumsName(),
        storage);
  }

  private static void scale(float[] x, int from, int count, float factor) {
    for (int j = from; j < from + count; j++) {
      x[j] *= factor;
    }
  }

  /// The derivative by what is normalised.
  ///
  /// @param normalise the work of the last operation by itself
  SampleWork backward(
      Group.PooledNormalisationBackward backward, NormalisationStages.Rows normalise) {
    FloatSpan x = storage.floats(backward.slope().x());
    FloatSpan dX = storage.floats(backward.slope().dX());
    IntSpan taps = storage.ints(backward.pool().taps());
    Places[] places = windows.places(channels, workers);
    int toOut = dX.offset() - x.offset();
    Windows.Run[] runs =
        Arrays.stream(normalise.own())
            .map(factors ->
                (Windows.Run)
                    (some, place) -> {
                      int at = place * channels;
                      math.normaliseBackwardLargest(
                          x.array(),
                          some,
                          factors,
                          above,
                          at,
                          taps.array(),
                          taps.offset() + at,
                          dX.array(),
                          toOut);
                    })
            .toArray(Windows.Run[]::new);
    Gaps gaps = new Gaps(x, dX, normalise);
    return new SampleWork() {
      @Override
      public void begin(int worker) {
        normalise.begin(worker);
      }

      @Override
      public void run(int worker, int from, int to) {
        for (int image = from; image < to; image++) {
          for (int y = 0; y < windows.outHeight; y++) {
            windows.forEach(places[worker], image, y, x.offset(), runs[worker]);
          }
          gaps.run(worker, image);
        }
      }

      @Override
      public String describe() {
        return normalise.describe();
      }
    };
  }

  /// The derivative of positions that are in no window.
  private final class Gaps {
    private final FloatSpan x;
    private final FloatSpan dX;
    private final NormalisationStages.Rows normalise;
    private final float[] zeros;
    private final int[] lines;
    private final int[] gapLines;
    private final int[] gapColumns;

    Gaps(FloatSpan x, FloatSpan dX, NormalisationStages.Rows normalise) {
      this.x = x;
      this.dX = dX;
      this.normalise = normalise;
      this.zeros = new float[WideRows.width(channels)];
      this.lines = IntStream.range(0, windows.height).filter(windows::coverLine).toArray();
      this.gapLines =
          IntStream.range(0, windows.height).filter(y -> !windows.coverLine(y)).toArray();
      this.gapColumns =
          IntStream.range(0, windows.width).filter(i -> !windows.coverColumn(i)).toArray();
    }

    void run(int worker, int image) {
      for (int y : gapLines) {
        int from = windows.position(image, y, 0) * channels;
        int end = from + windows.width * channels;
        for (; from < end; from += zeros.length) {
          run(worker, from, Math.min(zeros.length, end - from));
        }
      }
      for (int column : gapColumns) {
        for (int y : lines) {
          run(worker, windows.position(image, y, column) * channels, channels);
        }
      }
    }

    private void run(int worker, int from, int count) {
      float[][] own = normalise.own()[worker];
      math.normaliseBackward(
          x.array(),
          x.offset() + from,
          own[0],
          own[1],
          own[2],
          own[3],
          zeros,
          0,
          dX.array(),
          dX.offset() + from,
          count);
    }
  }
}
