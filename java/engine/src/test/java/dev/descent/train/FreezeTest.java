package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers that are not trained.
final class FreezeTest {
  @TempDir private Path folder;

  private static DataSet data(int inputs, int outputs) {
    Inputs random = Inputs.of(5);
    return DataSet.targets(
        "x", random.gaussians(40 * inputs), inputs, random.gaussians(40 * outputs), outputs);
  }

  private static void fit(String backend, Model model, DataSet data) {
    try (Engine engine = Engine.open(backend)) {
      engine
          .trainer(model)
          .loss(Loss.meanSquaredError())
          .optimizer(Optimizer.adamw(1e-2f, 0.01f))
          .batch(7)
          .fit(data, 3);
    }
  }

  /// Training the last layer alone is training a model of that layer on what the others give.
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void onlyTheOthersAreTrained(String backend) {
    Model whole =
        Model.sequential(5).dense(6, Activation.TANH).dense(4, Activation.RELU).dense(3).build(1);
    Model frozen = whole.freeze("dense1", "dense2");
    assertEquals(4 * 3 + 3, frozen.parameterCount());
    DataSet data = data(5, 3);
    Model body = Model.sequential(5).dense(6, Activation.TANH).dense(4, Activation.RELU).build(1);
    Model head = Model.sequential(4).dense(3).build(1);
    for (String name : new String[] {"dense1.weight", "dense1.bias", "dense2.weight"}) {
      body.set(name, whole.get(name));
    }
    body.set("dense2.bias", whole.get("dense2.bias"));
    head.set("dense1.weight", whole.get("dense3.weight"));
    float[] features;
    try (Engine engine = Engine.open(backend)) {
      features = engine.predict(body, data);
    }
    fit(backend, frozen, data);
    Inputs random = Inputs.of(5);
    random.gaussians(40 * 5);
    fit(backend, head, DataSet.targets("y", features, 4, random.gaussians(40 * 3), 3));
    assertArrayEquals(head.get("dense1.weight"), frozen.get("dense3.weight"), 1e-6f);
    for (String name : new String[] {"dense1.weight", "dense1.bias", "dense2.weight"}) {
      assertArrayEquals(whole.get(name), frozen.get(name));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void aFrozenLayerPassesGradientsOn(String backend) {
    Model whole =
        Model.sequential(5).dense(6, Activation.TANH).dense(4, Activation.GELU).dense(3).build(1);
    Model model = whole.freeze("dense2");
    fit(backend, model, data(5, 3));
    assertArrayEquals(whole.get("dense2.weight"), model.get("dense2.weight"));
    assertFalse(java.util.Arrays.equals(whole.get("dense1.weight"), model.get("dense1.weight")));
    // With a learning rate so small that the others hardly move, they do as without freezing.
    Model free = whole.freeze();
    float[] start = free.get("dense1.weight").clone();
    try (Engine engine = Engine.open(backend)) {
      Model other = whole.freeze("dense2");
      for (Model m : new Model[] {free, other}) {
        engine
            .trainer(m)
            .loss(Loss.meanSquaredError())
            .optimizer(Optimizer.sgd(0.1f))
            .batch(40)
            .fit(data(5, 3), 1);
      }
      assertArrayEquals(free.get("dense1.weight"), other.get("dense1.weight"));
      assertFalse(java.util.Arrays.equals(start, other.get("dense1.weight")));
    }
  }

  @Test
  void filesKeepIt() {
    Model model = Model.sequential(5).dense(6, Activation.TANH).dense(4).build(1).freeze("dense1");
    Path file = folder.resolve("model");
    model.save(file);
    Model read = Model.load(file);
    assertEquals(Set.of("dense1"), read.frozen());
    assertArrayEquals(model.parameters(), read.parameters());
    assertEquals(model.trainedLength(), read.trainedLength());
    assertTrue(read.summary().contains("Dense (tanh), frozen"), read.summary());
    Model free = read.freeze();
    assertEquals(5 * 6 + 6 + 6 * 4 + 4, free.parameterCount());
    for (Parameter p : free.parameterList()) {
      assertArrayEquals(read.get(p.name()), free.get(p.name()));
    }
  }

  @Test
  void batchNormalisationKeepsItsStatistics() {
    Model whole = Model.sequential(5).batchNorm().dense(6).dense(3).build(1);
    whole.set("batch_norm1.mean", new float[] {1, 2, 3, 4, 5});
    Model model = whole.freeze("batch_norm1");
    fit("reference", model, data(5, 3));
    assertArrayEquals(whole.get("batch_norm1.mean"), model.get("batch_norm1.mean"));
    assertArrayEquals(whole.get("batch_norm1.scale"), model.get("batch_norm1.scale"));
    Model behind = Model.sequential(5).dense(6).batchNorm().dense(3).build(1).freeze("batch_norm1");
    var refused =
        assertThrows(IllegalArgumentException.class, () -> fit("reference", behind, data(5, 3)));
    assertTrue(refused.getMessage().contains("is frozen behind layers"), refused.getMessage());
  }

  @Test
  void aNewHeadHasTheWeightsOfAModelThatWasBuiltWithIt() {
    Model model =
        Model.sequential(5)
            .dense(6, Activation.TANH)
            .dropout(0.2f)
            .dense(4)
            .activation(Activation.SOFTMAX)
            .build(1);
    model.metadata().put("classes", "[]");
    model.set("dense1.bias", new float[] {1, 2, 3, 4, 5, 6});
    Model head = model.freeze("dense1").newHead(7, 9);
    Model built =
        Model.sequential(5)
            .dense(6, Activation.TANH)
            .dropout(0.2f)
            .dense(7)
            .activation(Activation.SOFTMAX)
            .build(9);
    assertEquals(built.layers(), head.layers());
    assertEquals(Set.of("dense1"), head.frozen());
    assertEquals(Map.of(), head.metadata());
    assertArrayEquals(model.get("dense1.weight"), head.get("dense1.weight"));
    assertArrayEquals(model.get("dense1.bias"), head.get("dense1.bias"));
    assertArrayEquals(built.get("dense2.weight"), head.get("dense2.weight"));
    assertArrayEquals(new float[7], head.get("dense2.bias"));
    Model last = Model.sequential(5).dense(6).batchNorm().build(1);
    var refused = assertThrows(IllegalArgumentException.class, () -> last.newHead(3, 1));
    assertTrue(refused.getMessage().contains("batch_norm1"), refused.getMessage());
    assertThrows(IllegalArgumentException.class, () -> model.newHead(0, 1));
  }

  @Test
  void aRunIsNotResumedWithOtherLayersFrozen() {
    Model model = Model.sequential(5).dense(6, Activation.TANH).dense(3).build(1).freeze("dense1");
    Path file = folder.resolve("run");
    DataSet data = data(5, 3);
    try (Engine engine = Engine.open("reference")) {
      Loss loss = Loss.meanSquaredError();
      engine.trainer(model).loss(loss).callback(new ModelCheckpoint(file)).fit(data, 1);
      Checkpoint checkpoint = Checkpoint.load(file);
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> engine.trainer(model.freeze()).loss(loss).resume(checkpoint).fit(data, 2));
      assertTrue(
          refused.getMessage().contains("froze [dense1]; this one freezes []"),
          refused.getMessage());
    }
  }

  @Test
  void whatCannotBeFrozen() {
    Model model = Model.sequential(5).dense(6).dropout(0.5f).dense(3).build(1);
    assertThrows(IllegalArgumentException.class, () -> model.freeze("dense3"));
    assertThrows(IllegalArgumentException.class, () -> model.freeze("layer2"));
    assertThrows(IllegalArgumentException.class, () -> model.freeze("dense1", "dense2"));
  }
}
