package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The stages of batch normalisation. Sums are float64.
final class NormalisationStages {
  private NormalisationStages() {}

  /// Sums distances from the first row of each group, so their squares lose few digits, and moves
  /// the groups' sums to a common origin when they are added up.
  static SampleSums of(BatchStatistics op, SampleGroups groups, Storage storage) {
    FloatSpan x = storage.floats(op.x());
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan runningMean = storage.floats(op.runningMean());
    FloatSpan runningVariance = storage.floats(op.runningVariance());
    int columns = (int) op.x().columns();
    int elements = groups.elements(op.x());
    double rows = op.x().rows();
    float momentum = op.momentum();
    float[][] origins = new float[groups.count()][WideRows.width(columns)];
    var sums =
        new ColumnSums(
            groups.count(),
            columns,
            (group, from, count, first, second) ->
                distances(x.array(), x.offset() + from, origins[group], count, first, second));
    return new SampleSums(
        groups,
        columns,
        elements,
        sums,
        group -> {
          int start = x.offset() + groups.start(group) * elements;
          System.arraycopy(x.array(), start, origins[group], 0, columns);
          WideRows.repeat(origins[group], columns);
        },
        j -> {
          double origin = origins[0][j];
          double first = 0;
          double second = 0;
          for (int group = 0; group < groups.count(); group++) {
            double some = (groups.start(group + 1) - groups.start(group)) * (elements / columns);
            double move = origins[group][j] - origin;
            double sum = sums.first(group, j);
            first += sum + some * move;
            second += sums.second(group, j) + move * (2 * sum + some * move);
          }
          double distance = first / rows;
          double v = second / rows - distance * distance;
          double m = origin + distance;
          mean.array()[mean.offset() + j] = (float) m;
          variance.array()[variance.offset() + j] = (float) (v < 0 ? 0 : v);
          follow(runningMean, j, momentum, m);
          follow(runningVariance, j, momentum, v < 0 ? 0 : v);
        },
        op.name(),
        op.mean());
  }

  private static void distances(
      float[] x, int from, float[] origin, int count, double[] first, double[] second) {
    for (int j = 0; j < count; j++) {
      double d = (double) x[from + j] - origin[j];
      first[j] += d;
      second[j] += d * d;
    }
  }

  private static void follow(FloatSpan running, int j, double momentum, double value) {
    float[] array = running.array();
    int at = running.offset() + j;
    array[at] = (float) (momentum * array[at] + (1 - momentum) * value);
  }

  /// @param backward what is done to dOut first, in place; or null
  static SampleSums of(
      @Nullable ActivateBackward backward,
      NormaliseBackwardWeights op,
      SampleGroups groups,
      Elementwise math,
      Storage storage) {
    return of(
        op,
        groups,
        groups.elements(op.x()),
        storage.floats(op.x()),
        slope(backward, math, storage),
        storage.floats(op.dOut()),
        name(backward) + op.name(),
        storage);
  }

  /// The sums over some of the rows, where all others add nothing.
  ///
  /// @param elements of a sample
  /// @param x their elements
  /// @param slope makes what comes from above
  /// @param dOut what comes from above
  static SampleSums of(
      NormaliseBackwardWeights op,
      SampleGroups groups,
      int elements,
      FloatSpan x,
      Slope slope,
      FloatSpan dOut,
      String name,
      Storage storage) {
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan dScale = storage.floats(op.dScale());
    FloatSpan dShift = storage.floats(op.dShift());
    int columns = (int) op.x().columns();
    float epsilon = op.epsilon();
    float[][] centres = new float[groups.count()][WideRows.width(columns)];
    var sums =
        new ColumnSums(
            groups.count(),
            columns,
            (group, from, count, first, second) -> {
              slope.apply(from, count);
              products(
                  x.array(),
                  x.offset() + from,
                  centres[group],
                  dOut.array(),
                  dOut.offset() + from,
                  count,
                  first,
                  second);
            });
    IntConsumer total =
        j -> {
          dShift.array()[dShift.offset() + j] = (float) sums.first(j);
          dScale.array()[dScale.offset() + j] =
              (float) (sums.second(j) * inverse(variance, j, epsilon));
        };
    return new SampleSums(
        groups,
        columns,
        elements,
        sums,
        group -> {
          System.arraycopy(mean.array(), mean.offset(), centres[group], 0, columns);
          WideRows.repeat(centres[group], columns);
        },
        total,
        name,
        op.dScale());
  }

  /// What is done to a run of elements before they are summed.
  interface Slope {
    void apply(int from, int count);
  }

  private static Slope slope(@Nullable ActivateBackward op, Elementwise math, Storage storage) {
    if (op == null) {
      return (from, count) -> {};
    }
    FloatSpan saved = storage.floats(op.saved());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    return (from, count) ->
        math.activateBackward(
            op.activation(),
            saved.array(),
            saved.offset() + from,
            count,
            dOut.array(),
            dOut.offset() + from,
            count,
            dX.array(),
            dX.offset() + from,
            count,
            1,
            count);
  }

  private static void products(
      float[] x,
      int x0,
      float[] centre,
      float[] dOut,
      int d0,
      int count,
      double[] first,
      double[] second) {
    for (int j = 0; j < count; j++) {
      double d = dOut[d0 + j];
      first[j] += d;
      second[j] += d * ((double) x[x0 + j] - centre[j]);
    }
  }

  private static String name(@Nullable ActivateBackward op) {
    return op == null ? "" : op.name() + "(" + op.activation() + ") + ";
  }

  private static double inverse(FloatSpan variance, int j, float epsilon) {
    return 1 / Math.sqrt((double) variance.array()[variance.offset() + j] + epsilon);
  }

  /// @param workers of the team
  static Rows of(
      Group.Normalisation group,
      SampleGroups groups,
      Elementwise math,
      Storage storage,
      int workers) {
    Normalise op = group.normalise();
    Activate activate = group.activate();
    FloatSpan x = storage.floats(op.x());
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan scale = storage.floats(op.scale());
    FloatSpan shift = storage.floats(op.shift());
    FloatSpan out = storage.floats(op.out());
    FloatSpan activated = activate == null ? null : storage.floats(activate.out());
    int columns = (int) op.x().columns();
    return new Rows(
        op.name() + group.suffix() + " -> " + op.out(),
        columns,
        groups.elements(op.x()),
        new float[workers][3][WideRows.width(columns)],
        (own, j) -> {
          own[0][j] = mean.array()[mean.offset() + j];
          own[1][j] =
              (float) (scale.array()[scale.offset() + j] * inverse(variance, j, op.epsilon()));
          own[2][j] = shift.array()[shift.offset() + j];
        },
        (own, from, count) -> {
          int to = out.offset() + from;
          math.normalise(
              x.array(), x.offset() + from, own[0], own[1], own[2], out.array(), to, count);
          if (activate != null && activated != null) {
            math.activate(
                activate.activation(),
                out.array(),
                to,
                count,
                activated.array(),
                activated.offset() + from,
                count,
                1,
                count);
          }
        });
  }

  /// @param workers of the team
  static Rows of(
      NormaliseBackward op, SampleGroups groups, Elementwise math, Storage storage, int workers) {
    FloatSpan x = storage.floats(op.x());
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan scale = storage.floats(op.scale());
    FloatSpan dScale = storage.floats(op.dScale());
    FloatSpan dShift = storage.floats(op.dShift());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    int columns = (int) op.x().columns();
    double rows = op.x().rows();
    return new Rows(
        op.name() + " -> " + op.dX(),
        columns,
        groups.elements(op.x()),
        new float[workers][4][WideRows.width(columns)],
        (own, j) -> {
          double inverse = inverse(variance, j, op.epsilon());
          own[0][j] = mean.array()[mean.offset() + j];
          own[1][j] = (float) (scale.array()[scale.offset() + j] * inverse);
          own[2][j] = (float) (dShift.array()[dShift.offset() + j] / rows);
          own[3][j] = (float) (inverse * dScale.array()[dScale.offset() + j] / rows);
        },
        (own, from, count) ->
            math.normaliseBackward(
                x.array(),
                x.offset() + from,
                own[0],
                own[1],
                own[2],
                own[3],
                dOut.array(),
                dOut.offset() + from,
                dX.array(),
                dX.offset() + from,
                count));
  }

  /// Work on rows with factors that belong to their columns.
  ///
  /// @param elements of a sample
  /// @param own each worker's factors, in rows as [WideRows] has them
  record Rows(String name, int columns, int elements, float[][][] own, Factors factors, Run run)
      implements SampleWork {
    /// Sets a column's factors.
    interface Factors {
      void set(float[][] own, int column);
    }

    /// Works on a run of elements that begins a row and is no longer than the factors.
    interface Run {
      void run(float[][] own, int from, int count);
    }

    @Override
    public void begin(int worker) {
      for (int j = 0; j < columns; j++) {
        factors.set(own[worker], j);
      }
      for (float[] row : own[worker]) {
        WideRows.repeat(row, columns);
      }
    }

    @Override
    public void run(int worker, int from, int to) {
      int wide = WideRows.width(columns);
      for (int at = from * elements; at < to * elements; at += wide) {
        run.run(own[worker], at, Math.min(wide, to * elements - at));
      }
    }

    @Override
    public String describe() {
      return name;
    }
  }
}
