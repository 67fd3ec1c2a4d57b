package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The stages of batch normalisation. Sums are float64.
final class NormalisationStages {
  private NormalisationStages() {}

  /// A sum over blocks, and what becomes of the sums of a column.
  ///
  /// @param sums the stage that adds up
  /// @param total the stage after it
  /// @param bytes of memory that they have themselves
  record Sums(Stage sums, Stage total, long bytes) {}

  /// Sums distances from the first row: so their squares lose no more digits than the batch is
  /// long.
  static Sums of(BatchStatistics op, Storage storage) {
    FloatSpan x = storage.floats(op.x());
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan runningMean = storage.floats(op.runningMean());
    FloatSpan runningVariance = storage.floats(op.runningVariance());
    int columns = (int) op.x().columns();
    int rows = (int) op.x().rows();
    float momentum = op.momentum();
    float[] origin = new float[WideRows.width(columns)];
    var sums =
        new ColumnSums(
            rows,
            columns,
            (from, at, count, first, second) ->
                distances(x.array(), x.offset() + from, origin, at, count, first, second));
    Stage stage =
        stage(
            op.name() + " -> " + op.mean() + ": by blocks",
            (worker, workers) -> {
              // Each worker writes the same.
              System.arraycopy(x.array(), x.offset(), origin, 0, columns);
              WideRows.repeat(origin, columns);
              sums.run(worker, workers);
            });
    return new Sums(
        stage,
        total(
            op,
            columns,
            sums,
            j -> {
              double distance = sums.first(j) / rows;
              double v = sums.second(j) / rows - distance * distance;
              double m = x.array()[x.offset() + j] + distance;
              mean.array()[mean.offset() + j] = (float) m;
              variance.array()[variance.offset() + j] = (float) (v < 0 ? 0 : v);
              follow(runningMean, j, momentum, m);
              follow(runningVariance, j, momentum, v < 0 ? 0 : v);
            }),
        sums.bytes());
  }

  private static void distances(
      float[] x, int from, float[] origin, int at, int count, double[] first, double[] second) {
    for (int j = 0; j < count; j++) {
      double d = (double) x[from + j] - origin[at + j];
      first[at + j] += d;
      second[at + j] += d * d;
    }
  }

  private static void follow(FloatSpan running, int j, double momentum, double value) {
    float[] array = running.array();
    int at = running.offset() + j;
    array[at] = (float) (momentum * array[at] + (1 - momentum) * value);
  }

  /// @param backward what is done to dOut first, in place; or null
  static Sums of(
      @Nullable ActivateBackward backward,
      NormaliseBackwardWeights op,
      Elementwise math,
      Storage storage) {
    FloatSpan x = storage.floats(op.x());
    FloatSpan mean = storage.floats(op.mean());
    FloatSpan variance = storage.floats(op.variance());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dScale = storage.floats(op.dScale());
    FloatSpan dShift = storage.floats(op.dShift());
    int columns = (int) op.x().columns();
    float epsilon = op.epsilon();
    float[] centre = new float[WideRows.width(columns)];
    Slope slope = slope(backward, math, storage);
    var sums =
        new ColumnSums(
            (int) op.x().rows(),
            columns,
            (from, at, count, first, second) -> {
              slope.apply(from, count);
              products(
                  x.array(),
                  x.offset() + from,
                  centre,
                  dOut.array(),
                  dOut.offset() + from,
                  at,
                  count,
                  first,
                  second);
            });
    Stage stage =
        stage(
            name(backward) + op.name() + " -> " + op.dScale() + ": by blocks",
            (worker, team) -> {
              // Each worker writes the same.
              System.arraycopy(mean.array(), mean.offset(), centre, 0, columns);
              WideRows.repeat(centre, columns);
              sums.run(worker, team);
            });
    return new Sums(
        stage,
        total(
            op,
            columns,
            sums,
            j -> {
              dShift.array()[dShift.offset() + j] = (float) sums.first(j);
              dScale.array()[dScale.offset() + j] =
                  (float) (sums.second(j) * inverse(variance, j, epsilon));
            }),
        sums.bytes());
  }

  /// What is done to a run of elements before they are summed.
  private interface Slope {
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

  private static String name(@Nullable ActivateBackward op) {
    return op == null ? "" : op.name() + "(" + op.activation() + ") + ";
  }

  private static void products(
      float[] x,
      int x0,
      float[] centre,
      float[] dOut,
      int d0,
      int at,
      int count,
      double[] first,
      double[] second) {
    for (int j = 0; j < count; j++) {
      double d = dOut[d0 + j];
      first[at + j] += d;
      second[at + j] += d * ((double) x[x0 + j] - centre[at + j]);
    }
  }

  private static double inverse(FloatSpan variance, int j, float epsilon) {
    return 1 / Math.sqrt((double) variance.array()[variance.offset() + j] + epsilon);
  }

  private static Stage total(Operation op, int columns, ColumnSums sums, IntConsumer total) {
    return stage(
        op.name() + ": total, by columns",
        (worker, workers) -> {
          int from = Split.start(columns, worker, workers);
          int end = Split.start(columns, worker + 1, workers);
          sums.total(from, end);
          for (int j = from; j < end; j++) {
            total.accept(j);
          }
        });
  }

  /// A worker's share.
  private interface Share {
    void run(int worker, int workers);
  }

  private static Stage stage(String description, Share share) {
    return new Stage() {
      @Override
      public void run(int worker, int workers) {
        share.run(worker, workers);
      }

      @Override
      public String describe() {
        return description;
      }
    };
  }

  /// @param workers of the team
  static Stage of(Group.Normalisation group, Elementwise math, Storage storage, int workers) {
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
    float[][][] factors = new float[workers][3][WideRows.width(columns)];
    WideRows.Run[] runs = new WideRows.Run[workers];
    for (int worker = 0; worker < workers; worker++) {
      float[][] own = factors[worker];
      runs[worker] =
          (from, count) -> {
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
          };
    }
    String name = op.name() + group.suffix() + " -> " + op.out() + ": by rows";
    return stage(
        name,
        (worker, team) -> {
          float[][] own = factors[worker];
          for (int j = 0; j < columns; j++) {
            own[0][j] = mean.array()[mean.offset() + j];
            own[1][j] =
                (float) (scale.array()[scale.offset() + j] * inverse(variance, j, op.epsilon()));
            own[2][j] = shift.array()[shift.offset() + j];
          }
          repeat(own, columns);
          WideRows.share(x.size(), columns, worker, team, runs[worker]);
        });
  }

  private static void repeat(float[][] rows, int columns) {
    for (float[] row : rows) {
      WideRows.repeat(row, columns);
    }
  }

  /// @param workers of the team
  static Stage of(NormaliseBackward op, Elementwise math, Storage storage, int workers) {
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
    float[][][] factors = new float[workers][4][WideRows.width(columns)];
    WideRows.Run[] runs = new WideRows.Run[workers];
    for (int worker = 0; worker < workers; worker++) {
      float[][] own = factors[worker];
      runs[worker] =
          (from, count) ->
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
                  count);
    }
    return stage(
        op.name() + " -> " + op.dX() + ": by rows",
        (worker, team) -> {
          float[][] own = factors[worker];
          for (int j = 0; j < columns; j++) {
            double inverse = inverse(variance, j, op.epsilon());
            own[0][j] = mean.array()[mean.offset() + j];
            own[1][j] = (float) (scale.array()[scale.offset() + j] * inverse);
            own[2][j] = (float) (dShift.array()[dShift.offset() + j] / rows);
            own[3][j] = (float) (inverse * dScale.array()[dScale.offset() + j] / rows);
          }
          repeat(own, columns);
          WideRows.share(x.size(), columns, worker, team, runs[worker]);
        });
  }
}
