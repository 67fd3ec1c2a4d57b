package dev.descent.opencl;

import dev.descent.DeviceException;
import dev.descent.Engine;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.StepState;
import dev.descent.train.objective.Optimizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// A training step of 784-512-512-10 with Adam, on which choices for all kernels but matmul are
/// tried. The images are noise; what is right is what the reference backend computes.
final class StepTrial {
  private static final String STEP = "train";
  private static final int BATCH = 128;
  private static final int STEPS = 8;
  private static final int SIDE = 28;
  private static final int CLASSES = 10;
  private static final long SEED = 1;
  private static final float RATE = 0.001f;

  /// The third loss also tells whether gradients and update are right.
  private static final int CHECKED = 3;

  /// Relative to 1 and the loss; the bound of the contract for short runs.
  private static final double BOUND = 2e-4;

  private static final int REPEATS = 3;

  private final DataSet data;
  private final Model model;
  private final Program program;
  private final float[] expected;

  StepTrial() {
    data = noise();
    model =
        Model.sequential(SIDE * SIDE)
            .dense(512, Activation.RELU)
            .dense(512, Activation.RELU)
            .dense(CLASSES)
            .build(SEED);
    try (Engine reference = Engine.open("reference")) {
      program = reference.trainer(model).optimizer(Optimizer.adam(RATE)).batch(BATCH).program(data);
      try (Executable truth = reference.compile(program)) {
        expected = losses(truth);
      }
    }
  }

  private static DataSet noise() {
    var random = new RandomStream(SEED, 0, 0);
    byte[] pixels = new byte[STEPS * BATCH * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt();
    }
    int[] labels = IntStream.generate(() -> random.nextInt(CLASSES)).limit(STEPS * BATCH).toArray();
    List<String> names = IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
    return DataSet.images("noise", pixels, SIDE, SIDE, labels, names);
  }

  /// The seconds of a step's kernels but for the products, the fastest of some runs.
  ///
  /// @throws DeviceException if they do not build, do not run or are wrong
  double seconds(TrialDevice device, Tuning tuning) {
    try (Executable executable = device.compile(program, tuning)) {
      float[] actual = losses(executable);
      for (int i = 0; i < CHECKED; i++) {
        // Written so that NaN fails.
        if (!(Math.abs(actual[i] - expected[i]) <= BOUND * (1 + expected[i]))) {
          throw new DeviceException(
              String.format(
                  Locale.ROOT,
                  "opencl: the loss of step %d is %s, not %s",
                  i + 1,
                  actual[i],
                  expected[i]));
        }
      }
      double fastest = Double.MAX_VALUE;
      for (int i = 0; i < REPEATS; i++) {
        start(executable);
        fastest =
            Math.min(
                fastest,
                executable.profile(STEP, STEPS).stream()
                    .filter(time -> !time.kernel().startsWith("MatMul"))
                    .mapToDouble(KernelTime::seconds)
                    .sum());
      }
      return fastest;
    }
  }

  private float[] losses(Executable executable) {
    write(executable, "train.samples", MemorySegment.ofArray(data.bytes()));
    write(executable, "train.labels", MemorySegment.ofArray(data.labels()));
    write(
        executable,
        "train.order",
        MemorySegment.ofArray(IntStream.range(0, data.size()).toArray()));
    float[] rates = new float[STEPS];
    Arrays.fill(rates, RATE);
    write(executable, "rates", MemorySegment.ofArray(rates));
    write(executable, "parameters", MemorySegment.ofArray(model.parameters()));
    start(executable);
    executable.run(STEP, CHECKED);
    float[] losses = new float[STEPS];
    executable.read(buffer("losses").asColumn(), MemorySegment.ofArray(losses));
    return losses;
  }

  private void start(Executable executable) {
    write(executable, "state", MemorySegment.ofArray(new int[StepState.SIZE]));
  }

  private void write(Executable executable, String name, MemorySegment values) {
    executable.write(buffer(name).asRow(), values);
  }

  private Buffer buffer(String name) {
    return program.buffers().stream()
        .filter(b -> b.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no buffer " + name));
  }
}
