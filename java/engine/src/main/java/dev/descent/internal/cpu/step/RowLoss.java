package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Rows;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Tensor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The loss of one row of a batch, in float64; writes the row's gradient too where one is wanted.
interface RowLoss {
  /// Computes one row.
  ///
  /// @param worker whose scratch memory is used
  /// @param row of the batch
  double compute(int worker, int row);

  static RowLoss of(LossOperation operation, Elementwise math, Storage storage, int workers) {
    return switch (operation) {
      case SoftmaxCrossEntropy op -> new Softmax(op, math, storage, workers);
      case BinaryCrossEntropy op -> new Binary(op, storage);
      case MeanSquaredError op -> new Squared(op, storage);
    };
  }

  private static @Nullable FloatSpan weights(LossOperation operation, Storage storage) {
    Tensor weights = operation.weights();
    return weights == null ? null : storage.floats(weights);
  }

  /// What a row's loss is multiplied by.
  private static double weight(@Nullable FloatSpan weights, int row) {
    return weights == null ? 1 : weights.array()[weights.offset() + row];
  }

  private static @Nullable FloatSpan gradient(LossOperation operation, Storage storage) {
    Tensor gradient = operation.gradient();
    return gradient == null ? null : storage.floats(gradient);
  }

  /// See [SoftmaxCrossEntropy]. Exponentials are float32, sums and differences float64, so that
  /// neither a small loss nor a small gradient is lost in cancellation.
  final class Softmax implements RowLoss {
    private final Elementwise math;
    private final FloatSpan logits;
    private final IntSpan labels;
    private final @Nullable FloatSpan gradient;
    private final @Nullable FloatSpan weights;
    private final int rows;
    private final int columns;
    private final float[][] exponentials;

    Softmax(SoftmaxCrossEntropy op, Elementwise math, Storage storage, int workers) {
      this.math = math;
      this.logits = storage.floats(op.prediction());
      this.labels = storage.ints(op.targets());
      this.gradient = gradient(op, storage);
      this.weights = weights(op, storage);
      this.rows = (int) op.prediction().rows();
      this.columns = (int) op.prediction().columns();
      this.exponentials = new float[workers][columns];
    }

    @Override
    public double compute(int worker, int row) {
      int label = labels.get(row);
      if (label < 0 || label >= columns) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "SoftmaxCrossEntropy: the label of row %d is %d, not in 0 to %d",
                row,
                label,
                columns - 1));
      }
      float[] e = exponentials[worker];
      int from = logits.offset() + row * columns;
      float max = Rows.max(logits.array(), from, columns);
      math.exp(logits.array(), from, max, e, 0, columns);
      double sum = Rows.sum(e, 0, columns);
      double loss = Math.log(sum) + max - logits.array()[from + label];
      double weight = weight(weights, row);
      if (gradient != null) {
        float[] g = gradient.array();
        int to = gradient.offset() + row * columns;
        double scale = weight / (sum * rows);
        for (int j = 0; j < columns; j++) {
          g[to + j] = (float) (e[j] * scale);
        }
        g[to + label] = (float) (weight * (e[label] / sum - 1) / rows);
      }
      return weight * loss;
    }
  }

  /// See [BinaryCrossEntropy].
  final class Binary implements RowLoss {
    private final FloatSpan logits;
    private final FloatSpan targets;
    private final @Nullable FloatSpan gradient;
    private final @Nullable FloatSpan weights;
    private final int columns;
    private final double size;

    Binary(BinaryCrossEntropy op, Storage storage) {
      this.logits = storage.floats(op.prediction());
      this.targets = storage.floats(op.targets());
      this.gradient = gradient(op, storage);
      this.weights = weights(op, storage);
      this.columns = (int) op.prediction().columns();
      this.size = op.prediction().size();
    }

    @Override
    public double compute(int worker, int row) {
      double loss = 0;
      double weight = weight(weights, row);
      for (int e = row * columns; e < (row + 1) * columns; e++) {
        double z = logits.array()[logits.offset() + e];
        double t = targets.array()[targets.offset() + e];
        double small = Math.exp(-Math.abs(z));
        loss += Math.max(z, 0) - z * t + Math.log1p(small);
        if (gradient != null) {
          double sigmoid = (z >= 0 ? 1 : small) / (1 + small);
          gradient.array()[gradient.offset() + e] = (float) (weight * (sigmoid - t) / size);
        }
      }
      return weight * loss / columns;
    }
  }

  /// See [MeanSquaredError].
  final class Squared implements RowLoss {
    private final FloatSpan predictions;
    private final FloatSpan targets;
    private final @Nullable FloatSpan gradient;
    private final @Nullable FloatSpan weights;
    private final int columns;
    private final double size;

    Squared(MeanSquaredError op, Storage storage) {
      this.predictions = storage.floats(op.prediction());
      this.targets = storage.floats(op.targets());
      this.gradient = gradient(op, storage);
      this.weights = weights(op, storage);
      this.columns = (int) op.prediction().columns();
      this.size = op.prediction().size();
    }

    @Override
    public double compute(int worker, int row) {
      double loss = 0;
      double weight = weight(weights, row);
      for (int e = row * columns; e < (row + 1) * columns; e++) {
        double error =
            (double) predictions.array()[predictions.offset() + e]
                - targets.array()[targets.offset() + e];
        loss += error * error;
        if (gradient != null) {
          gradient.array()[gradient.offset() + e] = (float) (weight * 2 * error / size);
        }
      }
      return weight * loss / columns;
    }
  }
}
