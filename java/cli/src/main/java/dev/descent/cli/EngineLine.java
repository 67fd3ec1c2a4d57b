package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.cli.lesson.Line;
import dev.descent.cli.lesson.LineEngine;
import dev.descent.cli.lesson.LineLesson;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.Loss;
import dev.descent.train.Optimizer;

/// The engine's own run on the lesson's line.
record EngineLine(Engine engine) implements LineEngine {
  private static final String WEIGHT = "dense1.weight";
  private static final String BIAS = "dense1.bias";

  @Override
  public String name() {
    return engine.device().backend() + " backend";
  }

  @Override
  public Line train(double rate, int steps) {
    DataSet points = DataSet.targets("line", new float[] {1, 2}, 1, new float[] {3, 5}, 1);
    Model model = Model.sequential(1).dense(1).build(0);
    model.set(WEIGHT, new float[] {(float) LineLesson.START.m()});
    model.set(BIAS, new float[] {(float) LineLesson.START.b()});
    engine
        .trainer(model)
        .loss(Loss.meanSquaredError())
        .optimizer(Optimizer.sgd((float) rate))
        .batch(points.size())
        .fit(points, steps);
    return new Line(model.get(WEIGHT)[0], model.get(BIAS)[0]);
  }
}
