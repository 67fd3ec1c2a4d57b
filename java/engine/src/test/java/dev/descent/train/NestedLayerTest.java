package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.model.Settings;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.model.Weight;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A layer may hold layers, as a residual path does: they train as they would side by side.
class NestedLayerTest {
  private final long seed = Long.getLong("descent.seed", System.nanoTime());

  /// A dense layer and dropout in one layer.
  private record Block(List<Layer> layers) implements Layer {
    @Override
    public Settings settings() {
      return Settings.of("block");
    }

    @Override
    public Shape output(Shape input) {
      Shape shape = input;
      for (Layer layer : layers) {
        shape = layer.output(shape);
      }
      return shape;
    }

    @Override
    public List<Weight> weights(Shape input) {
      List<Weight> weights = new ArrayList<>();
      Shape shape = input;
      for (int i = 0; i < layers.size(); i++) {
        for (Weight w : layers.get(i).weights(shape)) {
          weights.add(
              new Weight(
                  i + "." + w.name(),
                  w.dimensions(),
                  w.initializer(),
                  w.fanIn(),
                  w.fanOut(),
                  w.trained()));
        }
        shape = layers.get(i).output(shape);
      }
      return weights;
    }

    @Override
    public Tensor apply(Tensor x, Tape tape) {
      List<Tape.Backward> backward = new ArrayList<>();
      Tensor out = x;
      Shape shape = tape.input();
      for (int i = 0; i < layers.size(); i++) {
        out = layers.get(i).apply(out, new Inner(tape, i, shape, backward));
        shape = layers.get(i).output(shape);
      }
      tape.backward(d -> {
        Tensor dIn = d;
        for (Tape.Backward inner : backward.reversed()) {
          dIn = inner.apply(dIn);
        }
        return dIn;
      });
      return out;
    }
  }

  /// The tape of a layer within a block.
  private record Inner(Tape outer, int index, Shape input, List<Backward> registered)
      implements Tape {
    @Override
    public void add(Operation operation) {
      outer.add(operation);
    }

    @Override
    public boolean training() {
      return outer.training();
    }

    @Override
    public Tensor weight(String name) {
      return outer.weight(index + "." + name);
    }

    @Override
    public Tensor gradient(String name) {
      return outer.gradient(index + "." + name);
    }

    @Override
    public Tensor values(String name, DType type, Shape shape) {
      return outer.values(index + "." + name, type, shape);
    }

    @Override
    public Tensor shared(String name, int rows, int columns) {
      return outer.shared(index + "." + name, rows, columns);
    }

    @Override
    public int stream() {
      return outer.stream() + index;
    }

    @Override
    public long seed() {
      return outer.seed();
    }

    @Override
    public Tensor state() {
      return outer.state();
    }

    @Override
    public void backward(Backward backward) {
      registered.add(backward);
    }

    @Override
    public boolean wantsInputGradient() {
      return index > 0 || outer.wantsInputGradient();
    }
  }

  @Test
  void layersInABlockTrainLikeLayersSideBySide() {
    var random = new Random(seed);
    float[] x = new float[20 * 3];
    int[] labels = new int[20];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextFloat(-1, 1);
      labels[i / 3] = random.nextInt(2);
    }
    DataSet data = DataSet.classes("random", x, 3, labels, List.of("a", "b"));
    Layer dense = new Dense(7, Activation.GELU, Initializer.HE_NORMAL);
    Layer dropout = new Dropout(0.3f);
    Model flat =
        Model.sequential(3).dense(4).layer(dense).layer(dropout).dense(5).dense(2).build(1);
    Model nested =
        Model.sequential(3)
            .dense(4)
            .layer(new Block(List.of(dense, dropout)))
            .dense(5)
            .dense(2)
            .build(1);
    assertEquals(flat.parameterCount(), nested.parameterCount());
    assertArrayEquals(flat.get("dense2.weight"), nested.get("block1.0.weight"));
    try (Engine engine = Engine.open("cpu")) {
      for (Model model : List.of(flat, nested)) {
        engine.trainer(model).batch(6).seed(seed).fit(data, 3);
      }
      assertArrayEquals(flat.parameters(), nested.parameters(), "seed " + seed);
      assertArrayEquals(engine.predict(flat, data), engine.predict(nested, data));
    }
  }
}
