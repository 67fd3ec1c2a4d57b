package dev.descent.cuda;

import dev.descent.program.Activation;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Collectors;
import jcuda.driver.CUfunction;

/// What compilers of operations share: how kernels are found, and how work is shared out.
final class Kernels {
  /// Threads of a block, but for products: the kernels are written for it.
  static final int THREADS = 256;

  static final int WARP = 32;

  /// Columns from which a whole block takes a row.
  private static final int LONG_ROW = 1024;

  /// The most blocks in the grid's second and third dimension.
  private static final int MAX_BLOCKS_Y = 65_535;

  /// Rounds of 16 multiply-adds, which a warp by itself does in some 17 cycles: 50 us at 1.7 GHz.
  private static final int BUSY_ROUNDS = 5000;

  private final Modules modules;
  private final DeviceMemory memory;
  private final Arena arena;
  private final Tuning tuning;

  /// @param arena where the commands' arguments lie
  Kernels(Modules modules, DeviceMemory memory, Arena arena, Tuning tuning) {
    this.modules = modules;
    this.memory = memory;
    this.arena = arena;
    this.tuning = tuning;
  }

  Tuning tuning() {
    return tuning;
  }

  Modules modules() {
    return modules;
  }

  DeviceMemory memory() {
    return memory;
  }

  CommandBuilder command(String family, String kernel, String operation) {
    return command(modules.function(family, kernel, 0, operation), kernel, operation);
  }

  CommandBuilder command(CUfunction function, String kernel, String operation) {
    return new CommandBuilder(memory, arena, function, kernel, operation);
  }

  /// `MatMul of a[3 x 4], b[4 x 5]`
  static String named(String name, Tensor... tensors) {
    return name
        + " of "
        + List.of(tensors).stream().map(Tensor::toString).collect(Collectors.joining(", "));
  }

  /// The number that `common.cuh` gives an activation.
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

  /// A kernel that keeps the device busy for longer than the host needs to enqueue a launch. What
  /// it leaves in the memory of partial sums means nothing.
  Command busy() {
    boolean simulated = Devices.isSimulator(memory.device().name());
    return command(KernelImages.CEILINGS, "multiply_adds", "keeping the device busy")
        .ints(simulated ? 1 : BUSY_ROUNDS)
        .floats(0, 0)
        .address(memory.partials())
        .build(new Command.Grid(1, 1, 1, WARP, 0));
  }

  /// A grid over a flat run of elements, four a thread.
  Command.Grid flat(long elements) {
    return blocks(Math.ceilDiv(Math.ceilDiv(elements, 4), THREADS));
  }

  /// A grid of at most as many blocks as keep the device busy.
  Command.Grid blocks(long wanted) {
    return new Command.Grid((int) Math.min(wanted, tuning.maxBlocks()), 1, 1, THREADS, 0);
  }

  /// A grid over rows in y and over columns in x, `width` columns a thread.
  Command.Grid matrix(long rows, long columns, int width) {
    long across = Math.ceilDiv(columns, width);
    // No more threads than there is work for in a row.
    int threads = Math.clamp(Math.ceilDiv(across, WARP) * WARP, WARP, THREADS);
    return new Command.Grid(
        Math.toIntExact(Math.ceilDiv(across, threads)),
        (int) Math.min(rows, MAX_BLOCKS_Y),
        1,
        threads,
        0);
  }

  /// Whether a row takes a block rather than a warp.
  static boolean isLong(long columns) {
    return columns > LONG_ROW;
  }

  /// A grid whose warps or blocks take rows.
  Command.Grid rows(long rows, boolean blockEach) {
    return blocks(blockEach ? rows : Math.ceilDiv(rows, THREADS / WARP));
  }
}
