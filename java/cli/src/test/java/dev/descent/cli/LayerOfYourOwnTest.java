package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.LayerTypes;
import dev.descent.model.Model;
import dev.descent.model.Settings;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.model.Weight;
import dev.descent.program.Activation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import dev.descent.train.History;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A layer that is written outside the engine, as README shows it, works in a model, trains, and is
/// saved and loaded.
class LayerOfYourOwnTest {
  /// Once registered, it is known to the whole JVM, other tests included.
  static final String TYPE = "lowRank";

  private static final int FEATURES = 12;

  /// `y = x U V`: a dense layer of low rank, without a bias.
  record LowRank(int units, int rank) implements Layer {
    @Override
    public Settings settings() {
      return Settings.of(TYPE, units).with("rank", rank);
    }

    @Override
    public Shape output(Shape input) {
      return Shape.row(units);
    }

    @Override
    public List<Weight> weights(Shape input) {
      return List.of(
          Weight.of("u", Initializer.HE_UNIFORM, input.size(), rank),
          Weight.of("v", Initializer.HE_UNIFORM, rank, units));
    }

    @Override
    public Tensor apply(Tensor x, Tape tape) {
      Tensor u = tape.weight("u");
      Tensor v = tape.weight("v");
      Tensor xu = tape.values("xu", Shape.row(rank));
      Tensor out = tape.values("out", Shape.row(units));
      tape.add(new MatMul(x, false, u, false, xu));
      tape.add(new MatMul(xu, false, v, false, out));
      tape.backward(d -> {
        Tensor dXu = tape.values("dXu", Shape.row(rank));
        Tensor dX = tape.values("dX", tape.input());
        tape.add(new MatMul(xu, true, d, false, tape.gradient("v")));
        tape.add(new MatMul(d, false, v, true, dXu));
        tape.add(new MatMul(x, true, dXu, false, tape.gradient("u")));
        tape.add(new MatMul(dXu, false, u, true, dX));
        return dX;
      });
      return out;
    }
  }

  @Test
  void itTrainsIsSavedAndLoaded(@TempDir Path folder) {
    LayerTypes.register(TYPE, s -> new LowRank(s.whole(TYPE), s.whole("rank")));
    DataSet data = sums();
    Model model =
        Model.sequential(FEATURES)
            .dense(16, Activation.TANH)
            .layer(new LowRank(8, 3))
            .activation(Activation.TANH)
            .dense(2)
            .build(1);
    assertEquals((12 + 1) * 16 + 16 * 3 + 3 * 8 + (8 + 1) * 2, model.parameterCount());
    assertTrue(model.summary().contains("LowRank"), model.summary());
    float[] before = model.get("lowRank1.u");
    try (Engine engine = Engine.open("cpu")) {
      History history =
          engine.trainer(model).optimizer(Optimizer.adam(0.02f)).batch(20).fit(data, 20);
      assertTrue(history.last().accuracy() > 0.95, history.toString());
      assertTrue(!Arrays.equals(before, model.get("lowRank1.u")), "U did not learn");
      Path file = folder.resolve("model.safetensors");
      model.save(file);
      Model loaded = Model.load(file);
      assertEquals(model.layers(), loaded.layers());
      assertArrayEquals(engine.predict(model, data), engine.predict(loaded, data));
    }
  }

  /// Its gradients are those of the dense layers that it is equal to.
  @Test
  void itLearnsWhatTwoDenseLayersLearn() {
    DataSet data = sums();
    Model low = Model.sequential(FEATURES).layer(new LowRank(2, 3)).dense(2).build(3);
    Model dense = Model.sequential(FEATURES).dense(3).dense(2).dense(2).build(4);
    dense.set("dense1.weight", low.get("lowRank1.u"));
    dense.set("dense2.weight", low.get("lowRank1.v"));
    dense.set("dense3.weight", low.get("dense1.weight"));
    try (Engine engine = Engine.open("reference")) {
      for (Model model : List.of(low, dense)) {
        engine.trainer(model).optimizer(Optimizer.sgd(0.1f)).batch(data.size()).fit(data, 1);
      }
    }
    assertArrayEquals(dense.get("dense1.weight"), low.get("lowRank1.u"), 1e-6f);
    assertArrayEquals(dense.get("dense2.weight"), low.get("lowRank1.v"), 1e-6f);
  }

  /// Rows whose class is whether their first half weighs more.
  private static DataSet sums() {
    var random = new Random(7);
    float[] x = new float[200 * FEATURES];
    int[] labels = new int[200];
    for (int row = 0; row < labels.length; row++) {
      float sum = 0;
      for (int i = 0; i < FEATURES; i++) {
        x[row * FEATURES + i] = random.nextFloat(-1, 1);
        sum += i < FEATURES / 2 ? x[row * FEATURES + i] : -x[row * FEATURES + i];
      }
      labels[row] = sum > 0 ? 1 : 0;
    }
    return DataSet.classes("sums", x, FEATURES, labels, List.of("less", "more"));
  }
}
