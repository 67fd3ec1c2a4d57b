package dev.descent.opencl;

import dev.descent.program.Activation;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What compilers of operations share: how kernels are made, and how work is shared out.
final class Kernels {
  /// Elements below which a work-item is not worth its own start, where it runs through many.
  private static final long LEAST_RUN = 256;

  private final Session session;
  private final Programs programs;
  private final DeviceMemory memory;
  private final Arena arena;
  private final Tuning tuning;
  private final long status;
  private long partials;

  /// @param arena where the commands' sizes lie
  Kernels(Session session, Programs programs, DeviceMemory memory, Arena arena, Tuning tuning) {
    this.session = session;
    this.programs = programs;
    this.memory = memory;
    this.arena = arena;
    this.tuning = tuning;
    this.status = memory.allocate(Integer.BYTES, "the status");
  }

  Device device() {
    return session.device();
  }

  Tuning tuning() {
    return tuning;
  }

  long handle(Tensor tensor) {
    return memory.handle(tensor);
  }

  /// The buffer of one int in which kernels report faults in data.
  long status() {
    return status;
  }

  /// The most groups that leave partial results behind.
  int maxPartials() {
    return Math.min(1024, 4 * device().computeUnits());
  }

  /// The buffer of three floats for each of [#maxPartials] groups. Commands run one after the
  /// other, so one buffer does for all.
  long partials() {
    if (partials == 0) {
      partials = memory.allocate(3L * Float.BYTES * maxPartials(), "partial sums");
    }
    return partials;
  }

  /// Memory that lives as long as the executable.
  long allocate(long bytes, String what) {
    return memory.allocate(bytes, what);
  }

  CommandBuilder command(KernelSource source, Macros macros, String kernel, String operation) {
    long handle = programs.kernel(source, macros, kernel, operation);
    return new CommandBuilder(session, memory, arena, handle, operation);
  }

  /// `MatMul of a[3 x 4], b[4 x 5]`
  static String named(String name, Tensor... tensors) {
    return name
        + " of "
        + List.of(tensors).stream().map(Tensor::toString).collect(Collectors.joining(", "));
  }

  /// The number that `common.cl` gives an activation.
  static int number(Activation activation) {
    return switch (activation) {
      case LINEAR -> 0;
      case RELU -> 1;
      case LEAKY_RELU -> 2;
      case SIGMOID -> 3;
      case TANH -> 4;
      case GELU -> 5;
      case SOFTMAX -> throw new AssertionError("softmax works on a row");
    };
  }

  /// Builds a command over a flat run of elements, `width` at a time.
  Command flat(CommandBuilder builder, long elements, int width) {
    long units = Math.ceilDiv(elements, width);
    int group = tuning.group();
    long groups =
        tuning.runs()
            ? Math.min(Math.ceilDiv(elements, LEAST_RUN * group), 4L * device().computeUnits())
            : Math.min(Math.ceilDiv(units, group), 64L * device().computeUnits());
    return builder.build(
        String.format(Locale.ROOT, "%,d elements, %s", elements, work(groups, group)),
        new long[] {groups},
        new long[] {group});
  }

  /// Builds a command over the vectors of a row in dimension 0 and rows in dimension 1.
  Command matrix(CommandBuilder builder, long rows, long columns, int width) {
    if (tuning.runs()) {
      long parts = Math.min(Math.ceilDiv(rows * columns, LEAST_RUN), 4L * device().computeUnits());
      long groups = Math.min(rows, parts);
      return builder.build(
          String.format(Locale.ROOT, "%d x %d, %s", rows, columns, work(groups, 1)),
          new long[] {1, groups},
          new long[] {1, 1});
    }
    long vectors = Math.ceilDiv(columns, width);
    long group = Math.min(tuning.group(), Long.highestOneBit(2 * vectors - 1));
    long across = Math.ceilDiv(vectors, group);
    long down = Math.min(rows, 1 << 15);
    return builder.build(
        String.format(Locale.ROOT, "%d x %d, %s", rows, columns, work(across * down, group)),
        new long[] {across, down},
        new long[] {group, 1});
  }

  /// Builds a command whose groups take rows, `lanes` work-items a row.
  Command rows(CommandBuilder builder, long rows, int lanes) {
    int group = tuning.group();
    long rowsAtOnce = group / lanes;
    long groups = Math.min(Math.ceilDiv(rows, rowsAtOnce), 64L * device().computeUnits());
    return builder.build(
        String.format(Locale.ROOT, "%d rows, %s", rows, work(groups, group)),
        new long[] {groups},
        new long[] {group});
  }

  /// `4 groups of 256`
  static String work(long groups, long group) {
    return group == 1
        ? groups + (groups == 1 ? " work-item" : " work-items")
        : String.format(Locale.ROOT, "%d group%s of %d", groups, groups == 1 ? "" : "s", group);
  }
}
