package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.predict.Predictor;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The first predictions of a JVM, computed before the compiler has the kernels, have the bits of
/// all later ones and of an evaluation.
final class FirstPredictionTest {
  private static final int CALLS = 1000;

  @Test
  void haveTheSameBits() throws IOException, InterruptedException {
    String said =
        OtherJvm.run(
            FirstPredictionTest.class,
            Map.of("JDK_JAVA_OPTIONS", "--add-modules jdk.incubator.vector"));
    assertEquals("5005 predictions, 0 differ", said.lines().toList().getLast());
  }

  /// Runs in the other JVM.
  ///
  /// @param arguments none
  public static void main(String[] arguments) {
    Model model =
        Model.sequential(33)
            .dense(130, Activation.GELU)
            .dense(70, Activation.TANH)
            .dense(9, Activation.SOFTMAX)
            .build(5);
    Inputs inputs = Inputs.of(11);
    int made = 0;
    int different = 0;
    try (Engine engine = Engine.open("cpu")) {
      for (int rows : new int[] {1, 3, 20, 70, 300}) {
        float[] samples = inputs.floats(33L * rows);
        try (Predictor predictor = engine.predictor(model)) {
          float[] first = predictor.predict(samples);
          DataSet data = DataSet.targets("rows", samples, 33, new float[rows], 1);
          different += Arrays.equals(engine.predict(model, data), first) ? 0 : 1;
          made++;
          for (int i = 0; i < CALLS; i++) {
            different += Arrays.equals(first, predictor.predict(samples)) ? 0 : 1;
            made++;
          }
        }
      }
    }
    IO.println("%d predictions, %d differ".formatted(made, different));
  }
}
