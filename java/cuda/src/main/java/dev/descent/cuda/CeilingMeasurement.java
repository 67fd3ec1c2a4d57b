package dev.descent.cuda;

import dev.descent.backend.Ceilings;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/// Measures a device's ceilings with kernels that do nothing else (`ceilings.cu`). The fastest run
/// counts: what else goes on can only disturb.
final class CeilingMeasurement {
  /// Much more than caches hold, for source and target each.
  private static final long COPIED_BYTES = 512L << 20;

  /// Of the device's memory, at the most.
  private static final int LEAST_PART = 8;

  /// `BLOCK`, and what a thread of `copy` takes, in `ceilings.cu`.
  private static final int THREADS = Kernels.THREADS;

  private static final int VECTORS_EACH = 4;

  /// Multiply-adds of a thread and round: `CHAINS`.
  private static final int CHAINS = 16;

  /// Multiply-adds of a warp and round: `TILES` products of 16 x 8 by 8 x 8.
  private static final int TF32_ROUND = 8 * 16 * 8 * 8;

  /// Far from what any number format rounds to nothing.
  private static final float FACTOR = 0.999f;

  private static final float ADDEND = 0.001f;

  /// A run of this length does not notice its start.
  private static final double RUN_SECONDS = 0.005;

  private static final int FIRST_ROUNDS = 1 << 6;
  private static final int MOST_ROUNDS = 1 << 24;
  private static final int MOST_REPEATS = 1000;

  private final Session session;
  private final Modules modules;
  private final Tuning tuning;

  /// @param tuning says in which precision products are: in TF32 and bf16 the ceiling is that of
  ///     tensor cores through `mma.sync`
  CeilingMeasurement(Session session, Modules modules, Tuning tuning) {
    this.session = session;
    this.modules = modules;
    this.tuning = tuning;
  }

  /// @param seconds about how long to measure
  Ceilings measure(double seconds) {
    return measure(
        seconds, RUN_SECONDS, Math.min(COPIED_BYTES, session.device().memoryBytes() / LEAST_PART));
  }

  /// @param runSeconds how long a run is to take at least
  /// @param bytes how much to copy, about
  Ceilings measure(double seconds, double runSeconds, long bytes) {
    // A whole number of what a block copies, and room for what the multiply-adds store.
    long block = (long) VECTORS_EACH * THREADS * 4;
    long blocks = Math.max(tuning.maxBlocks(), bytes / (block * Float.BYTES));
    Program.Builder builder = Program.builder();
    Tensor source = builder.buffer("source", Role.DATA, DType.F32, blocks * block).asRow();
    Tensor target = builder.buffer("target", Role.DATA, DType.F32, blocks * block).asRow();
    Program program =
        builder.step("copy", List.of(new Activate(Activation.LINEAR, source, target))).build();
    try (Arena arena = Arena.ofConfined();
        DeviceMemory memory =
            new DeviceMemory(
                session,
                new Layout(program, Integer.BYTES, MetricsCompiler.partialBytes(tuning), 0))) {
      var kernels = new Kernels(modules, memory, arena, tuning);
      try (EventTimer timer = new EventTimer(session, kernels.busy())) {
        return measure(kernels, timer, source, target, seconds, runSeconds);
      }
    }
  }

  private Ceilings measure(
      Kernels kernels,
      EventTimer timer,
      Tensor source,
      Tensor target,
      double seconds,
      double runSeconds) {
    double flops = multiplyAdds(kernels, timer, target, seconds / 2, runSeconds);
    long blocks = source.size() / ((long) VECTORS_EACH * THREADS * 4);
    Command copy =
        kernels
            .command(KernelImages.CEILINGS, "copy", "the ceiling of copies")
            .ints(source.size() / 4)
            .tensors(source, target)
            .build(new Command.Grid(Math.toIntExact(blocks), 1, 1, THREADS, 0));
    return new Ceilings(
        flops, (source.bytes() + target.bytes()) / fastest(timer, copy, seconds / 2));
  }

  private double multiplyAdds(
      Kernels kernels, EventTimer timer, Tensor out, double seconds, double runSeconds) {
    long each =
        switch (tuning.precision()) {
          case FP32 -> (long) CHAINS * THREADS;
          case TF32 -> (long) TF32_ROUND * (THREADS / Kernels.WARP);
          case BF16 -> 2L * TF32_ROUND * (THREADS / Kernels.WARP);
          default -> throw new AssertionError(tuning.precision());
        };
    String kernel =
        switch (tuning.precision()) {
          case TF32 -> "multiply_adds_tf32";
          case BF16 -> "multiply_adds_bf16";
          default -> "multiply_adds";
        };
    double ofRound = 2.0 * each * tuning.maxBlocks();
    for (int rounds = FIRST_ROUNDS; ; rounds *= 4) {
      Command command =
          kernels
              .command(KernelImages.CEILINGS, kernel, "the ceiling of multiply-adds")
              .ints(rounds)
              .floats(FACTOR, ADDEND)
              .tensors(out)
              .build(kernels.blocks(tuning.maxBlocks()));
      timer.time(command);
      if (timer.time(command) >= runSeconds || rounds >= MOST_ROUNDS) {
        return ofRound * rounds / fastest(timer, command, seconds);
      }
    }
  }

  private static double fastest(EventTimer timer, Command command, double seconds) {
    double best = timer.time(command);
    int repeats = (int) Math.clamp(seconds / Math.max(best, 1e-6), 3, MOST_REPEATS);
    for (int i = 0; i < repeats; i++) {
      best = Math.min(best, timer.time(command));
    }
    return Math.max(best, 1e-9);
  }
}
