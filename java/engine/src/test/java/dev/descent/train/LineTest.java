package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import org.junit.jupiter.api.Test;

/// The course's line y = mx + b, trained by the engine.
class LineTest {
  @Test
  void tenStepsOfGradientDescentGiveTheCoursesErrors() {
    DataSet points = DataSet.targets("line", new float[] {1, 2}, 1, new float[] {3, 5}, 1);
    Model model = Model.sequential(1).dense(1).build(0);
    model.set("dense1.weight", new float[] {-1});
    model.set("dense1.bias", new float[] {5});
    try (Engine engine = Engine.open("reference")) {
      History history =
          engine
              .trainer(model)
              .loss(Loss.meanSquaredError())
              .optimizer(Optimizer.sgd(0.1f))
              .batch(2)
              .fit(points, 1000);
      assertEquals(2.5, history.epochs().getFirst().loss(), 1e-6);
      assertEquals(1.5811, history.epochs().getFirst().rmse(), 1e-4);
      assertEquals(1.34829, history.epochs().get(10).loss(), 1e-5);
      assertEquals(1.999999, model.get("dense1.weight")[0], 1e-5);
      assertEquals(1.000002, model.get("dense1.bias")[0], 1e-5);
    }
  }
}
