package dev.descent.opencl;

import dev.descent.backend.Ceilings;
import dev.descent.backend.KernelTime;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/// Measures a device's ceilings with kernels that do nothing else (`ceilings.cl`), in several
/// forms, since devices differ in which one they run best. The best counts: what else goes on can
/// only disturb.
final class CeilingMeasurement {
  /// Much more than caches hold, for source and target each: those of GPUs have up to some
  /// 100 MB, and a processor's are shared with what else it does.
  private static final long COPIED_ON_GRAPHICS = 512L << 20;

  private static final long COPIED_ON_PROCESSOR = 128L << 20;

  /// Of the device's memory, at the most.
  private static final int LEAST_PART = 8;

  /// Chains that hide the latency of the multiply-adds: for processors of two instructions a cycle
  /// at 4 cycles each with some to spare, and for GPUs, which have other work-items to turn to.
  private static final int[] CHAINS = {8, 12};

  private static final int GRAPHICS_GROUPS_A_UNIT = 32;

  /// A run of this length does not notice its start.
  private static final double RUN_SECONDS = 0.005;

  private static final int FIRST_ROUNDS = 1 << 12;
  private static final int MOST_ROUNDS = 1 << 28;

  private final Session session;
  private final Programs programs;
  private final double seconds;

  CeilingMeasurement(Session session, Programs programs, double seconds) {
    this.session = session;
    this.programs = programs;
    this.seconds = seconds;
  }

  Ceilings measure() {
    Device device = session.device();
    boolean processor = device.kind() == Device.Kind.CPU;
    long most = processor ? COPIED_ON_PROCESSOR : COPIED_ON_GRAPHICS;
    long bytes =
        Math.min(most, Math.min(device.maxBufferBytes(), device.memoryBytes() / LEAST_PART));
    // A whole number of the longest vectors.
    long floats = Math.max(1, bytes / (16 * Float.BYTES)) * 16;
    Program.Builder builder = Program.builder();
    Tensor source = builder.buffer("source", Role.DATA, DType.F32, floats).asRow();
    Tensor target = builder.buffer("target", Role.DATA, DType.F32, floats).asRow();
    Program program =
        builder.step("copy", List.of(new Activate(Activation.LINEAR, source, target))).build();
    try (Arena arena = Arena.ofConfined();
        DeviceMemory memory = new DeviceMemory(session, program)) {
      int[] widths = processor ? new int[] {device.vectorWidth(), 16} : new int[] {1, 4};
      double flops = 0;
      double copies = 0;
      for (int width : widths) {
        Tuning tuning = processor ? Tuning.runs(width) : Tuning.groups(device, width);
        var kernels = new Kernels(session, programs, memory, arena, tuning);
        for (int chains : CHAINS) {
          flops = Math.max(flops, multiplyAdds(kernels, chains, memory.handle(target)));
        }
        copies = Math.max(copies, copies(kernels, source, target));
      }
      return new Ceilings(flops, copies);
    }
  }

  private double multiplyAdds(Kernels kernels, int chains, long out) {
    int width = kernels.tuning().vectorWidth();
    int group = kernels.tuning().group();
    long groups =
        kernels.tuning().runs()
            ? kernels.device().computeUnits()
            : (long) GRAPHICS_GROUPS_A_UNIT * kernels.device().computeUnits();
    double flopsOfRound = 2.0 * width * chains * groups * group;
    for (int rounds = FIRST_ROUNDS; ; rounds *= 4) {
      try (Command command =
          kernels
              .command(
                  KernelSource.CEILINGS,
                  kernels.tuning().macros().set("CHAINS", chains),
                  "multiply_adds",
                  "the ceiling of multiply-adds")
              .ints(rounds)
              .floats(0.999f, 0.001f)
              .handle(out)
              .build("", new long[] {groups}, new long[] {group})) {
        double taken = fastest(command, 1);
        if (taken >= RUN_SECONDS || rounds >= MOST_ROUNDS) {
          return flopsOfRound * rounds / fastest(command, repeats(taken));
        }
      }
    }
  }

  private double copies(Kernels kernels, Tensor source, Tensor target) {
    int width = kernels.tuning().vectorWidth();
    CommandBuilder builder =
        kernels
            .command(
                KernelSource.CEILINGS,
                kernels.tuning().macros().set("CHAINS", 1),
                "copy",
                "the ceiling of copies")
            .ints(source.size() / width)
            .handle(kernels.handle(source))
            .handle(kernels.handle(target));
    try (Command command = kernels.flat(builder, source.size(), width)) {
      double taken = fastest(command, 1);
      return 2.0 * source.bytes() / fastest(command, repeats(taken));
    }
  }

  /// How often a command runs within this measurement's share of the time.
  private int repeats(double taken) {
    return (int) Math.clamp(seconds / CHAINS.length / 4 / Math.max(taken, 1e-6), 3, 1000);
  }

  private double fastest(Command command, int times) {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < times; i++) {
      List<KernelTime> time = Profiler.profile(session, List.of(command), 1);
      best = Math.min(best, time.getFirst().seconds());
    }
    return Math.max(best, 1e-9);
  }
}
