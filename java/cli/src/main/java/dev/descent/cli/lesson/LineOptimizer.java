package dev.descent.cli.lesson;

import dev.descent.train.objective.Optimizer;

/// The optimizers' formulas in float64 for the two numbers of a line, as the papers give them (see
/// [dev.descent.program.Operation]). Keeps the optimizer state between steps.
final class LineOptimizer {
  private final Optimizer optimizer;
  private final double[] first = new double[2];
  private final double[] second = new double[2];
  private int steps;

  LineOptimizer(Optimizer optimizer) {
    this.optimizer = optimizer;
  }

  Line step(Line line) {
    steps++;
    LineLesson.Gradient g = LineLesson.gradient(line);
    return new Line(updated(0, line.m(), g.dm()), updated(1, line.b(), g.db()));
  }

  /// The parameter p after a step with its gradient g.
  private double updated(int i, double p, double g) {
    double rate = optimizer.learningRate();
    return switch (optimizer) {
      case Optimizer.Sgd _ -> p - rate * g;
      case Optimizer.Momentum o -> {
        first[i] = o.momentum() * first[i] + g;
        yield p - rate * (o.nesterov() ? g + o.momentum() * first[i] : first[i]);
      }
      case Optimizer.Adagrad o -> {
        second[i] += g * g;
        yield p - rate * g / (Math.sqrt(second[i]) + o.epsilon());
      }
      case Optimizer.RmsProp o -> {
        second[i] = o.rho() * second[i] + (1 - (double) o.rho()) * g * g;
        yield p - rate * g / (Math.sqrt(second[i]) + o.epsilon());
      }
      case Optimizer.Adam o -> {
        double decayed = p - rate * o.weightDecay() * p;
        first[i] = o.beta1() * first[i] + (1 - (double) o.beta1()) * g;
        second[i] = o.beta2() * second[i] + (1 - (double) o.beta2()) * g * g;
        double mean = first[i] / (1 - Math.pow(o.beta1(), steps));
        double square = second[i] / (1 - Math.pow(o.beta2(), steps));
        yield decayed - rate * mean / (Math.sqrt(square) + o.epsilon());
      }
    };
  }
}
