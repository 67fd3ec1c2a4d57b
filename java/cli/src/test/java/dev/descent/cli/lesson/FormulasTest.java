package dev.descent.cli.lesson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.program.Activation;
import dev.descent.train.objective.Optimizer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;

/// The lessons' formulas against finite differences, published values and closed forms.
class FormulasTest {
  private static final double H = 1e-5;

  @Test
  void activationsHaveTheirValues() {
    // To 15 digits, by an arbitrary-precision calculator.
    assertEquals(0.731058578630005, Activations.value(Activation.SIGMOID, 1), 1e-15);
    assertEquals(0.761594155955765, Activations.value(Activation.TANH, 1), 1e-15);
    assertEquals(0.841344746068543, Activations.value(Activation.GELU, 1), 1e-14);
    assertEquals(-0.158655253931457, Activations.value(Activation.GELU, -1), 1e-14);
    assertEquals(-0.03, Activations.value(Activation.LEAKY_RELU, -3), 1e-9);
    assertEquals(0, Activations.value(Activation.RELU, -3));
    assertEquals(3, Activations.value(Activation.RELU, 3));
    assertEquals(0, Activations.derivative(Activation.RELU, 0));
    assertEquals(0.25, Activations.derivative(Activation.SIGMOID, 0));
    assertThrows(IllegalArgumentException.class, () -> Activations.value(Activation.SOFTMAX, 0));
  }

  @Test
  void derivativesEqualFiniteDifferences() {
    long seed = Long.getLong("descent.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (Activation activation : Activation.values()) {
      if (activation == Activation.SOFTMAX) {
        continue;
      }
      for (int i = 0; i < 200; i++) {
        double x = random.nextDouble(-6, 6);
        if (Math.abs(x) < 2 * H) {
          continue;
        }
        double slope =
            (Activations.value(activation, x + H) - Activations.value(activation, x - H)) / (2 * H);
        assertEquals(
            slope,
            Activations.derivative(activation, x),
            1e-8,
            activation + " at " + x + ", seed " + seed);
      }
    }
  }

  @Test
  void softmaxGivesProbabilities() {
    double[] p = Activations.softmax(2, 1, 0.1);
    double sum = Math.exp(2) + Math.exp(1) + Math.exp(0.1);
    assertEquals(Math.exp(2) / sum, p[0], 1e-15);
    assertEquals(1, p[0] + p[1] + p[2], 1e-15);
    assertEquals(1, Activations.softmax(1e4, 0)[0]);
    assertEquals(0, Activations.softmax(-1e308, 0)[0]);
  }

  @Test
  void crossEntropyIsTheSameByProbabilityAndByLogit() {
    assertEquals(Math.log(2), CrossEntropy.ofProbability(1, .5), 1e-15);
    assertEquals(-Math.log(.9), CrossEntropy.ofProbability(0, .1), 1e-15);
    assertEquals(Double.POSITIVE_INFINITY, CrossEntropy.ofProbability(1, 0));
    assertEquals(0, CrossEntropy.ofProbability(1, 1));
    assertEquals(0, CrossEntropy.ofProbability(0, 0));
    assertEquals(1e4, CrossEntropy.ofLogit(1, -1e4));
    assertEquals(1e4, CrossEntropy.ofLogit(0, 1e4));
    assertEquals(0, CrossEntropy.ofLogit(1, 1e4));
    for (double t : new double[] {0, .3, 1}) {
      for (double z = -12; z <= 12; z += .37) {
        double p = 1 / (1 + Math.exp(-z));
        assertEquals(
            -t * Math.log(p) - (1 - t) * Math.log(1 - p), CrossEntropy.ofLogit(t, z), 1e-9);
      }
    }
  }

  @Test
  void slopesOfTheLossesEqualFiniteDifferences() {
    for (double t : new double[] {0, .3, 1}) {
      for (double z = -8; z <= 8; z += .41) {
        double truth = t;
        DoubleFunction<Double> entropy = at -> CrossEntropy.ofLogit(truth, at);
        DoubleFunction<Double> squared =
            at -> CrossEntropy.squaredError(truth, 1 / (1 + Math.exp(-at)));
        assertEquals(difference(entropy, z), CrossEntropy.slope(t, z), 1e-9);
        assertEquals(difference(squared, z), CrossEntropy.squaredErrorSlope(t, z), 1e-9);
      }
    }
  }

  @Test
  void theRaceIsCounted() {
    for (double start : new double[] {0, -2, -4, -6, -8}) {
      double z = start;
      int steps = 0;
      while (1 / (1 + Math.exp(-z)) < .9) {
        z += 1 - 1 / (1 + Math.exp(-z));
        steps++;
      }
      assertEquals(steps, CrossEntropy.stepsTo(.9, CrossEntropy::slope, start, 1, 1000));
      double[] path = CrossEntropy.descent(CrossEntropy::slope, start, 1, steps);
      assertEquals(z, path[steps], 1e-12);
    }
    int slow = CrossEntropy.stepsTo(.9, CrossEntropy::squaredErrorSlope, -8, 1, 100_000);
    // dz = 2 e^z while p is small: e^8 / 2 steps or so until it is not.
    assertTrue(slow > Math.exp(8) / 2 && slow < Math.exp(8) / 2 * 1.1, "" + slow);
    assertEquals(-1, CrossEntropy.stepsTo(.9, CrossEntropy::squaredErrorSlope, -8, 1, slow - 1));
  }

  /// Just below its limit each kind of momentum arrives, just above it diverges.
  @Test
  void theLimitsOfMomentumAreWhereItTurns() {
    double heavy = LineLesson.momentumRateLimit(.9);
    double nesterov = LineLesson.nesterovRateLimit(.9);
    // Close to the limit the oscillation fades slowly.
    for (double part : List.of(.98, 1.02)) {
      double first = loss(Optimizer.momentum((float) (heavy * part), .9f));
      double second = loss(Optimizer.nesterov((float) (nesterov * part), .9f));
      assertEquals(part < 1, first < 1e-6, "momentum " + first);
      assertEquals(part < 1, second < 1e-6, "nesterov " + second);
    }
  }

  private static double loss(Optimizer optimizer) {
    return LineLesson.mse(LineLesson.path(optimizer, 5000).getLast());
  }

  private static double difference(DoubleFunction<Double> f, double z) {
    return (f.apply(z + H) - f.apply(z - H)) / (2 * H);
  }
}
