package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.LayerTypes;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Settings;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.model.Weight;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Weights that are kept and not trained lie behind the trained ones, are changed by their layer
/// alone, and are saved, resumed and used.
class KeptWeightsTest {
  private static final int ROWS = 20;
  private static final int FEATURES = 3;
  private static final int BATCH = 8;

  private final long seed = Long.getLong("descent.seed", System.nanoTime());
  private final DataSet data = data(new Random(seed));

  /// Adds a trained bias, and after training the column sums of the last batch, which it keeps.
  private record Sums() implements Layer {
    @Override
    public Settings settings() {
      return Settings.of("sums");
    }

    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public List<Weight> weights(Shape input) {
      return List.of(
          Weight.of("sums", Initializer.ONES, input.channels()).kept(),
          Weight.of("bias", Initializer.ZEROS, input.channels()));
    }

    @Override
    public Tensor apply(Tensor x, Tape tape) {
      Tensor sums = tape.weight("sums");
      Tensor out = tape.values("out", tape.input());
      tape.add(new AddBias(x, tape.weight("bias"), out));
      if (tape.training()) {
        tape.add(new SumRows(x, sums));
      } else {
        tape.add(new AddBias(out, sums, out));
      }
      tape.backward(d -> {
        tape.add(new SumRows(d, tape.gradient("bias")));
        return d;
      });
      return out;
    }
  }

  @BeforeAll
  static void register() {
    LayerTypes.register("sums", _ -> new Sums());
  }

  private static DataSet data(Random random) {
    float[] x = new float[ROWS * FEATURES];
    int[] labels = new int[ROWS];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextInt(-8, 9) / 8f;
    }
    for (int i = 0; i < ROWS; i++) {
      labels[i] = random.nextInt(2);
    }
    return DataSet.classes("random", x, FEATURES, labels, List.of("a", "b"));
  }

  private static Model model() {
    return Model.sequential(FEATURES).layer(new Sums()).dense(2).build(1);
  }

  /// AdamW would shrink whatever it gets hold of.
  private static Trainer trainer(Engine engine, Model model) {
    return engine.trainer(model).batch(BATCH).shuffle(false).optimizer(Optimizer.adamw(0.1f, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void onlyTheirLayerChangesThem(String backend) {
    Model model = model();
    List<float[]> gradients = new ArrayList<>();
    List<Checkpoint> checkpoints = new ArrayList<>();
    Callback reader =
        new Callback() {
          @Override
          public void onTrainEnd(TrainingRun run, History history) {
            gradients.add(run.gradients());
            checkpoints.add(run.checkpoint());
          }
        };
    try (Engine engine = Engine.open(backend)) {
      trainer(engine, model).callback(reader).fit(data, 2);
      float[] sums = new float[FEATURES];
      for (int row = ROWS - ROWS % BATCH; row < ROWS; row++) {
        for (int j = 0; j < FEATURES; j++) {
          sums[j] += data.row(row)[j];
        }
      }
      assertArrayEquals(sums, model.get("sums1.sums"), "seed " + seed);
      assertEquals(model.trainedLength(), gradients.getFirst().length);
      checkpoints.getFirst().moments().forEach(m -> assertEquals(model.trainedLength(), m.length));
      assertArrayEquals(outputs(model, sums), engine.predict(model, data), 1e-5f, "seed " + seed);
    }
  }

  private float[] outputs(Model model, float[] sums) {
    float[] bias = model.get("sums1.bias");
    float[] w = model.get("dense1.weight");
    float[] outputs = new float[ROWS * 2];
    for (int row = 0; row < ROWS; row++) {
      for (int j = 0; j < 2; j++) {
        double sum = model.get("dense1.bias")[j];
        for (int i = 0; i < FEATURES; i++) {
          sum += (data.row(row)[i] + bias[i] + sums[i]) * w[i * 2 + j];
        }
        outputs[row * 2 + j] = (float) sum;
      }
    }
    return outputs;
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void theyAreSavedAndResumed(String backend, @TempDir Path folder) {
    Path file = folder.resolve("run.safetensors");
    Callback saver =
        new Callback() {
          @Override
          public void onTrainEnd(TrainingRun run, History history) {
            run.checkpoint().save(file);
          }
        };
    try (Engine engine = Engine.open(backend)) {
      Model whole = model();
      trainer(engine, whole).fit(data, 3);
      trainer(engine, model()).callback(saver).fit(data, 1);
      Model loaded = Model.load(file);
      assertEquals(List.of(new Sums(), model().layers().getLast()), loaded.layers());
      Model resumed = model();
      trainer(engine, resumed).resume(Checkpoint.load(file)).fit(data, 3);
      assertArrayEquals(whole.parameters(), resumed.parameters(), "seed " + seed);
      assertEquals(
          engine.evaluate(whole, Loss.softmaxCrossEntropy(), data).loss(),
          engine.evaluate(resumed, Loss.softmaxCrossEntropy(), data).loss());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 33})
  void theyLieBehindTheTrainedOnes(int width) {
    Model model =
        Model.sequential(width).layer(new Sums()).dense(3).layer(new Sums()).dense(2).build(1);
    long trainedEnd = 0;
    for (Parameter parameter : model.parameterList()) {
      assertEquals(parameter.trained(), parameter.offset() < model.trainedLength());
      assertEquals(0, parameter.offset() % 16);
      if (parameter.trained()) {
        trainedEnd = Math.max(trainedEnd, parameter.offset() + parameter.size());
      }
    }
    assertTrue(trainedEnd <= model.trainedLength());
    assertArrayEquals(new float[] {1, 1, 1}, model.get("sums2.sums"));
    assertEquals(width + (width + 1) * 3 + 3 + 8, model.parameterCount());
    assertTrue(model.summary().contains("Kept, not trained: " + (width + 3)), model.summary());
  }
}
