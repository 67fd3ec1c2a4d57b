package dev.descent.internal.reference;

import dev.descent.internal.HostMemory;
import dev.descent.internal.Philox;
import dev.descent.internal.reference.Elements.Floats;
import dev.descent.internal.reference.Elements.Ints;
import dev.descent.program.CompositeOperation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.LossOperation;
import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.NormalisationOperation;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.WindowedOperation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What each operation means. Every sum and every formula is computed in float64 and rounded to
/// float32 once, where it is stored.
final class Interpreter {
  private final HostMemory memory;
  private final Elements elements;

  Interpreter(HostMemory memory) {
    this.memory = memory;
    this.elements = new Elements(memory);
  }

  void execute(Operation operation) {
    switch (operation) {
      case GatherRows op -> gatherRows(op);
      case Augment op -> Augmenting.execute(op, elements, ints(op.state()).get(StepState.STEP));
      case MatMul op -> matMul(op);
      case AddBias op -> addBias(op);
      case Activate op -> activate(op);
      case ActivateBackward op -> activateBackward(op);
      case Dropout op -> dropout(op);
      case SoftmaxCrossEntropy op -> softmaxCrossEntropy(op);
      case BinaryCrossEntropy op -> binaryCrossEntropy(op);
      case MeanSquaredError op -> meanSquaredError(op);
      case Accuracy op -> accuracy(op);
      case SumRows op -> sumRows(op);
      case UpdateOperation op -> update(op);
      case WindowedOperation op -> Windowed.execute(op, elements);
      case NormalisationOperation op -> Normalisation.execute(op, elements);
      case Advance op -> advance(op);
      case CompositeOperation op ->
          throw new AssertionError(op.name() + " is expanded when a program is compiled");
    }
  }

  private void gatherRows(GatherRows op) {
    Ints order = ints(op.order());
    int cursor = ints(op.state()).get(StepState.CURSOR);
    int columns = Math.toIntExact(op.out().columns());
    for (int i = 0; i < op.out().rows(); i++) {
      int from = order.get(cursor + i) * columns;
      int to = i * columns;
      for (int j = 0; j < columns; j++) {
        switch (op.source().type()) {
          case I32 -> ints(op.out()).set(to + j, ints(op.source()).get(from + j));
          case F32 -> floats(op.out()).set(to + j, op.scale() * floats(op.source()).get(from + j));
          case U8 -> floats(op.out()).set(to + j, op.scale() * unsigned(op.source(), from + j));
        }
      }
    }
  }

  private int unsigned(Tensor tensor, int index) {
    return memory.bytes(tensor.buffer())[Math.toIntExact(tensor.offset() + index)] & 0xFF;
  }

  private void matMul(MatMul op) {
    Floats a = floats(op.a());
    Floats b = floats(op.b());
    Floats out = floats(op.out());
    // A row at a time, which reads b as it lies; each sum still adds up by k.
    double[] sums = new double[Math.toIntExact(op.n())];
    for (int i = 0; i < op.m(); i++) {
      Arrays.fill(sums, 0);
      for (int k = 0; k < op.k(); k++) {
        double left = op.transposeA() ? a.get(k, i) : a.get(i, k);
        if (op.transposeB()) {
          b.addColumn(k, left, sums);
        } else {
          b.addRow(k, left, sums);
        }
      }
      for (int j = 0; j < sums.length; j++) {
        out.set(i, j, sums[j]);
      }
    }
  }

  private void addBias(AddBias op) {
    Floats x = floats(op.x());
    Floats bias = floats(op.bias());
    Floats out = floats(op.out());
    for (int i = 0; i < op.x().rows(); i++) {
      for (int j = 0; j < op.x().columns(); j++) {
        out.set(i, j, (double) x.get(i, j) + bias.get(j));
      }
    }
  }

  private void activate(Activate op) {
    Floats x = floats(op.x());
    Floats out = floats(op.out());
    double[] row = new double[Math.toIntExact(op.x().columns())];
    for (int i = 0; i < op.x().rows(); i++) {
      for (int j = 0; j < row.length; j++) {
        row[j] = x.get(i, j);
      }
      Activations.apply(op.activation(), row);
      for (int j = 0; j < row.length; j++) {
        out.set(i, j, row[j]);
      }
    }
  }

  private void activateBackward(ActivateBackward op) {
    Floats saved = floats(op.saved());
    Floats dOut = floats(op.dOut());
    Floats dX = floats(op.dX());
    int columns = Math.toIntExact(op.dX().columns());
    double[] s = new double[columns];
    double[] d = new double[columns];
    for (int i = 0; i < op.dX().rows(); i++) {
      for (int j = 0; j < columns; j++) {
        s[j] = saved.get(i, j);
        d[j] = dOut.get(i, j);
      }
      Activations.backward(op.activation(), s, d);
      for (int j = 0; j < columns; j++) {
        dX.set(i, j, d[j]);
      }
    }
  }

  private void dropout(Dropout op) {
    Floats x = floats(op.x());
    Floats out = floats(op.out());
    int step = ints(op.state()).get(StepState.STEP);
    int[] words = new int[4];
    for (int e = 0; e < op.x().size(); e++) {
      Philox.block(e >>> 2, 0, step, op.stream(), op.seed(), words);
      boolean keep = (words[e & 3] & 0xFFFF_FFFFL) >= op.threshold();
      out.set(e, keep ? x.get(e) * op.keepScale() : 0);
    }
  }

  private void softmaxCrossEntropy(SoftmaxCrossEntropy op) {
    Floats logits = floats(op.prediction());
    Ints labels = ints(op.targets());
    Floats gradient = gradient(op);
    int columns = Math.toIntExact(op.prediction().columns());
    int rows = Math.toIntExact(op.prediction().rows());
    double total = 0;
    for (int i = 0; i < rows; i++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < columns; j++) {
        max = Math.max(max, logits.get(i, j));
      }
      double sum = 0;
      for (int j = 0; j < columns; j++) {
        sum += Math.exp(logits.get(i, j) - max);
      }
      int label = labels.get(i);
      double weight = weight(op, i);
      total += weight * (Math.log(sum) + max - logits.get(i, label));
      for (int j = 0; gradient != null && j < columns; j++) {
        double probability = Math.exp(logits.get(i, j) - max) / sum;
        gradient.set(i, j, weight * (probability - (j == label ? 1 : 0)) / rows);
      }
    }
    storeLoss(op, total);
  }

  private void binaryCrossEntropy(BinaryCrossEntropy op) {
    Floats logits = floats(op.prediction());
    Floats targets = floats(op.targets());
    Floats gradient = gradient(op);
    double total = 0;
    for (int e = 0; e < op.prediction().size(); e++) {
      double z = logits.get(e);
      double t = targets.get(e);
      double weight = weight(op, (int) (e / op.prediction().columns()));
      total += weight * (Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z))));
      if (gradient != null) {
        gradient.set(e, weight * (Activations.sigmoid(z) - t) / op.prediction().size());
      }
    }
    storeLoss(op, total / op.prediction().columns());
  }

  private void meanSquaredError(MeanSquaredError op) {
    Floats prediction = floats(op.prediction());
    Floats targets = floats(op.targets());
    Floats gradient = gradient(op);
    double total = 0;
    for (int e = 0; e < op.prediction().size(); e++) {
      double error = (double) prediction.get(e) - targets.get(e);
      double weight = weight(op, (int) (e / op.prediction().columns()));
      total += weight * error * error;
      if (gradient != null) {
        gradient.set(e, weight * 2 * error / op.prediction().size());
      }
    }
    storeLoss(op, total / op.prediction().columns());
  }

  private @Nullable Floats gradient(LossOperation op) {
    Tensor gradient = op.gradient();
    return gradient == null ? null : floats(gradient);
  }

  /// What a row's loss is multiplied by.
  private double weight(LossOperation op, int row) {
    Tensor weights = op.weights();
    return weights == null ? 1 : floats(weights).get(row);
  }

  private void storeLoss(LossOperation op, double total) {
    floats(op.losses()).set(ints(op.state()).get(StepState.SLOT), total);
  }

  private void accuracy(Accuracy op) {
    Floats scores = floats(op.scores());
    int count = 0;
    if (op.targets().type() == DType.I32) {
      Ints targets = ints(op.targets());
      for (int i = 0; i < op.scores().rows(); i++) {
        int best = 0;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < op.scores().columns(); j++) {
          if (scores.get(i, j) > bestScore) {
            bestScore = scores.get(i, j);
            best = j;
          }
        }
        count += best == targets.get(i) ? 1 : 0;
      }
    } else {
      Floats targets = floats(op.targets());
      for (int e = 0; e < op.scores().size(); e++) {
        count += (scores.get(e) > 0) == (targets.get(e) > 0.5f) ? 1 : 0;
      }
    }
    ints(op.correct()).set(ints(op.state()).get(StepState.SLOT), count);
  }

  private void sumRows(SumRows op) {
    Floats x = floats(op.x());
    Floats out = floats(op.out());
    for (int j = 0; j < op.x().columns(); j++) {
      double sum = 0;
      for (int i = 0; i < op.x().rows(); i++) {
        sum += x.get(i, j);
      }
      out.set(j, sum);
    }
  }

  private void update(UpdateOperation op) {
    Floats parameters = floats(op.parameters());
    Floats gradients = floats(op.gradients());
    Floats first = op.moments().isEmpty() ? null : floats(op.moments().getFirst());
    Floats second = op.moments().size() < 2 ? null : floats(op.moments().getLast());
    double rate = floats(op.rates()).get(ints(op.state()).get(StepState.SLOT));
    int t = ints(op.state()).get(StepState.STEP) + 1;
    double[] moments = new double[2];
    for (int e = 0; e < op.parameters().size(); e++) {
      moments[0] = first == null ? 0 : first.get(e);
      moments[1] = second == null ? 0 : second.get(e);
      parameters.set(e, updated(op, parameters.get(e), gradients.get(e), moments, rate, t));
      if (first != null) {
        first.set(e, moments[0]);
      }
      if (second != null) {
        second.set(e, moments[1]);
      }
    }
  }

  /// The new value of one parameter.
  ///
  /// @param moments the parameter's moments. Modified.
  private static double updated(
      UpdateOperation op, double p, double g, double[] moments, double rate, int t) {
    return switch (op) {
      case SgdUpdate _ -> p - rate * g;
      case MomentumUpdate o -> {
        moments[0] = o.momentum() * moments[0] + g;
        yield p - rate * (o.nesterov() ? g + o.momentum() * moments[0] : moments[0]);
      }
      case AdagradUpdate o -> {
        moments[0] += g * g;
        yield p - rate * g / (Math.sqrt(moments[0]) + o.epsilon());
      }
      case RmsPropUpdate o -> {
        moments[0] = o.rho() * moments[0] + (1 - (double) o.rho()) * g * g;
        yield p - rate * g / (Math.sqrt(moments[0]) + o.epsilon());
      }
      case AdamUpdate o -> {
        double beta1 = o.beta1();
        double beta2 = o.beta2();
        moments[0] = beta1 * moments[0] + (1 - beta1) * g;
        moments[1] = beta2 * moments[1] + (1 - beta2) * g * g;
        double m = moments[0] / (1 - Math.pow(beta1, t));
        double v = moments[1] / (1 - Math.pow(beta2, t));
        yield p - rate * o.weightDecay() * p - rate * m / (Math.sqrt(v) + o.epsilon());
      }
    };
  }

  private void advance(Advance op) {
    Ints state = ints(op.state());
    state.set(StepState.CURSOR, state.get(StepState.CURSOR) + Math.toIntExact(op.rows()));
    state.set(StepState.SLOT, state.get(StepState.SLOT) + 1);
    if (op.training()) {
      state.set(StepState.STEP, state.get(StepState.STEP) + 1);
    }
  }

  private Floats floats(Tensor tensor) {
    return elements.floats(tensor);
  }

  private Ints ints(Tensor tensor) {
    return elements.ints(tensor);
  }
}
