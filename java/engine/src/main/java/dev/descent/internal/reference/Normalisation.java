package dev.descent.internal.reference;

import dev.descent.internal.reference.Elements.Floats;
import dev.descent.program.NormalisationOperation;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;

/// What the parts of batch normalisation mean.
final class Normalisation {
  private final Elements elements;

  private Normalisation(Elements elements) {
    this.elements = elements;
  }

  static void execute(NormalisationOperation operation, Elements elements) {
    var normalisation = new Normalisation(elements);
    switch (operation) {
      case BatchStatistics op -> normalisation.statistics(op);
      case Normalise op -> normalisation.normalise(op);
      case NormaliseBackwardWeights op -> normalisation.backwardWeights(op);
      case NormaliseBackward op -> normalisation.backward(op);
    }
  }

  private void statistics(BatchStatistics op) {
    Floats x = elements.floats(op.x());
    long rows = op.x().rows();
    for (int j = 0; j < x.columns(); j++) {
      double sum = 0;
      for (int i = 0; i < rows; i++) {
        sum += x.get(i, j);
      }
      double mean = sum / rows;
      double squares = 0;
      for (int i = 0; i < rows; i++) {
        squares += (x.get(i, j) - mean) * (x.get(i, j) - mean);
      }
      double variance = squares / rows;
      elements.floats(op.mean()).set(j, mean);
      elements.floats(op.variance()).set(j, variance);
      follow(elements.floats(op.runningMean()), j, op.momentum(), mean);
      follow(elements.floats(op.runningVariance()), j, op.momentum(), variance);
    }
  }

  private static void follow(Floats running, int j, double momentum, double value) {
    running.set(j, momentum * running.get(j) + (1 - momentum) * value);
  }

  private static double inverse(Floats variance, int j, float epsilon) {
    return 1 / Math.sqrt((double) variance.get(j) + epsilon);
  }

  private void normalise(Normalise op) {
    Floats x = elements.floats(op.x());
    Floats mean = elements.floats(op.mean());
    Floats variance = elements.floats(op.variance());
    Floats scale = elements.floats(op.scale());
    Floats shift = elements.floats(op.shift());
    Floats out = elements.floats(op.out());
    for (int j = 0; j < x.columns(); j++) {
      double factor = scale.get(j) * inverse(variance, j, op.epsilon());
      for (int i = 0; i < op.x().rows(); i++) {
        out.set(i, j, ((double) x.get(i, j) - mean.get(j)) * factor + shift.get(j));
      }
    }
  }

  private void backwardWeights(NormaliseBackwardWeights op) {
    Floats x = elements.floats(op.x());
    Floats mean = elements.floats(op.mean());
    Floats dOut = elements.floats(op.dOut());
    for (int j = 0; j < x.columns(); j++) {
      double sum = 0;
      double products = 0;
      for (int i = 0; i < op.x().rows(); i++) {
        sum += dOut.get(i, j);
        products += dOut.get(i, j) * ((double) x.get(i, j) - mean.get(j));
      }
      double inverse = inverse(elements.floats(op.variance()), j, op.epsilon());
      elements.floats(op.dScale()).set(j, products * inverse);
      elements.floats(op.dShift()).set(j, sum);
    }
  }

  private void backward(NormaliseBackward op) {
    Floats x = elements.floats(op.x());
    Floats mean = elements.floats(op.mean());
    Floats scale = elements.floats(op.scale());
    Floats dScale = elements.floats(op.dScale());
    Floats dShift = elements.floats(op.dShift());
    Floats dOut = elements.floats(op.dOut());
    Floats dX = elements.floats(op.dX());
    double rows = op.x().rows();
    for (int j = 0; j < x.columns(); j++) {
      double inverse = inverse(elements.floats(op.variance()), j, op.epsilon());
      for (int i = 0; i < op.x().rows(); i++) {
        double normal = ((double) x.get(i, j) - mean.get(j)) * inverse;
        double d = dOut.get(i, j) - dShift.get(j) / rows - normal * dScale.get(j) / rows;
        dX.set(i, j, scale.get(j) * inverse * d);
      }
    }
  }
}
