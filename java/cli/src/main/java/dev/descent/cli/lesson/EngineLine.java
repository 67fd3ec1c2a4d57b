package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;

/// The engine's own run on the lesson's line, to be shown beside the numbers computed by hand: from
/// [LineLesson#START], one batch with both points, mean squared error.
record EngineLine(Engine engine) {
  private static final String WEIGHT = "dense1.weight";
  private static final String BIAS = "dense1.bias";

  /// The line after `steps` updates.
  Line train(Optimizer optimizer, int steps) {
    float[] x = new float[LineLesson.points()];
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) LineLesson.x(i);
      y[i] = (float) LineLesson.y(i);
    }
    DataSet points = DataSet.targets("line", x, 1, y, 1);
    Model model = Model.sequential(1).dense(1).build(0);
    model.set(WEIGHT, new float[] {(float) LineLesson.START.m()});
    model.set(BIAS, new float[] {(float) LineLesson.START.b()});
    engine
        .trainer(model)
        .loss(Loss.meanSquaredError())
        .optimizer(optimizer)
        .batch(points.size())
        .fit(points, steps);
    return new Line(model.get(WEIGHT)[0], model.get(BIAS)[0]);
  }
}
