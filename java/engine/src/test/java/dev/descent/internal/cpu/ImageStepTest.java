package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.BatchNorm;
import dev.descent.model.Conv2d;
import dev.descent.model.Initializer;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.Padding;
import dev.descent.program.Program;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.program.TrainingProgram;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What training networks for images takes: no allocation in a step, and as much memory as is said
/// before.
class ImageStepTest {
  private static final int SAMPLES = 4096;
  private static final int CLASSES = 24;
  private static final Shape IMAGE = new Shape(8, 8, 1);
  private static final int THREADS = 1;

  private final Inputs random = Inputs.fresh();

  enum Network {
    COURSE {
      @Override
      Model model() {
        return Model.sequential(IMAGE)
            .conv2d(25, 3, 1, Padding.SAME, Activation.LINEAR)
            .batchNorm(1e-5f, 0.9f)
            .activation(Activation.RELU)
            .dropout(0.2f)
            .maxPool2d(2, Padding.VALID)
            .conv2d(50, 3, 1, Padding.SAME, Activation.RELU)
            .batchNorm()
            .maxPool2d(2, Padding.SAME)
            .flatten()
            .dense(CLASSES)
            .build(1);
      }
    },
    AUGMENTED {
      @Override
      Model model() {
        return Model.sequential(IMAGE)
            .conv2d(20, 3, 1, Padding.SAME, Activation.RELU)
            .maxPool2d(2, Padding.VALID)
            .flatten()
            .dense(CLASSES)
            .build(1);
      }

      @Override
      Augmentation augmentation() {
        return Augmentation.named("course");
      }
    },
    RESIDUAL {
      @Override
      Model model() {
        var keeping =
            new Conv2d(20, 3, 3, 1, Padding.SAME, Activation.RELU, Initializer.HE_UNIFORM);
        return Model.sequential(IMAGE)
            .conv2d(20, 5, 2, Padding.SAME, Activation.GELU)
            .residual(keeping, new BatchNorm(1e-3f, 0.9f))
            .averagePool2d(2, Padding.SAME)
            .globalAveragePool2d()
            .dense(CLASSES)
            .build(1);
      }
    },
    /// Fewer channels than any vector has lanes.
    NARROW {
      @Override
      Model model() {
        return Model.sequential(IMAGE)
            .conv2d(3, 3, 1, Padding.SAME, Activation.RELU)
            .maxPool2d(2, Padding.SAME)
            .conv2d(7, 1, 1, Padding.VALID, Activation.RELU)
            .maxPool2d(3, Padding.SAME)
            .flatten()
            .dense(CLASSES)
            .build(1);
      }
    };

    abstract Model model();

    Augmentation augmentation() {
      return Augmentation.NONE;
    }
  }

  private Trainer trainer(Engine engine, Network network, int batch) {
    return engine
        .trainer(network.model())
        .batch(batch)
        .optimizer(Optimizer.adam(1e-3f))
        .augment(network.augmentation());
  }

  private DataSet images() {
    int[] labels = random.indices(SAMPLES, CLASSES);
    List<String> names = Collections.nCopies(CLASSES, "letter");
    return DataSet.images("images", random.bytes(SAMPLES * 64L), 8, 8, labels, names);
  }

  @ParameterizedTest
  @EnumSource
  void stepsAllocateNothing(Network network) {
    Program program;
    DataSet images = images();
    try (Engine engine = Engine.open(CpuProvider.NAME, new BackendOptions(0, THREADS))) {
      program = trainer(engine, network, 2).program(images);
    }
    int steps = 100;
    try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), THREADS);
        Executable executable = backend.compile(program)) {
      Allocation.assertSettles(
          100L * steps,
          1000,
          "descent-cpu-",
          () -> rewind(executable, program),
          () -> executable.run(TrainingProgram.TRAIN, steps));
    }
  }

  /// Begins an epoch anew.
  private static void rewind(Executable executable, Program program) {
    program.steps().stream()
        .flatMap(step -> step.operations().stream())
        .filter(Advance.class::isInstance)
        .flatMap(advance -> advance.outputs().stream())
        .forEach(
            state -> executable.write(state, MemorySegment.ofArray(new int[(int) state.size()])));
  }

  @ParameterizedTest
  @EnumSource
  void memoryIsWhatWasSaidWithinATenth(Network network) {
    DataSet images = images();
    try (Engine engine = Engine.open(CpuProvider.NAME, new BackendOptions(0, THREADS))) {
      Trainer trainer = trainer(engine, network, SAMPLES);
      long said = trainer.deviceBytes(images);
      Program program = trainer.program(images);
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), THREADS)) {
        long before = Allocation.by(Thread.currentThread());
        try (Executable executable = backend.compile(program)) {
          long taken = Allocation.by(Thread.currentThread()) - before;
          assertEquals(said, executable.memoryBytes(), "said, and known afterwards");
          assertEquals((double) taken, (double) said, 0.1 * taken, network + " takes on the heap");
        }
      }
    }
  }
}
