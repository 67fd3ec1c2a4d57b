package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuLaunchCooperativeKernel;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;

import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;

/// A training step that one launch does as often as is wanted, without leaving the device: see
/// `kernels/cuda/persistent.cu`.
///
/// @param kernel with its grid
/// @param count the argument that says how often
/// @param arrived the counter of the grid's barrier, at the start of the workspace
/// @param barriers of the grid, in a step
record PersistentSteps(KernelCommand kernel, MemorySegment count, CUdeviceptr arrived, int barriers)
    implements Command {
  /// Some tenths of a second, which a device that drives a screen bears too.
  private static final int MOST_STEPS = 4096;

  private static final String KERNEL = "persistent_steps";

  /// @param place the number of the command in its program, for reports
  static PersistentSteps of(
      Kernels kernels, UpdateCompiler updates, PersistentPlan plan, int place) {
    String operation =
        Kernels.named(
            String.format(Locale.ROOT, "Training of %d dense layers", plan.layers().size()),
            plan.rows().out());
    CommandBuilder builder =
        kernels.command(
            kernels
                .modules()
                .function(KernelImages.PERSISTENT, KERNEL, plan.sharedBytes(), operation),
            KERNEL,
            operation);
    MemorySegment count = addSteps(builder, kernels, plan, place);
    new MetricsCompiler(kernels).addMetrics(builder, plan.loss(), place);
    updates.addFused(builder.struct(), plan.layers().getFirst().update(), place);
    builder.endStruct();
    var grid =
        new Command.Grid(kernels.tuning().blocks(), 1, 1, Kernels.THREADS, plan.sharedBytes());
    return new PersistentSteps(
        builder.build(grid), count, kernels.memory().workspaceStart(), plan.barriers());
  }

  /// The members of `Steps` in `persistent.cuh`.
  ///
  /// @return where the number of steps stands
  private static MemorySegment addSteps(
      CommandBuilder builder, Kernels kernels, PersistentPlan plan, int place) {
    DeviceMemory memory = kernels.memory();
    GatherRows rows = plan.rows();
    int last = plan.layers().size() - 1;
    builder.struct();
    for (int l = 0; l < PersistentPlan.MOST_LAYERS; l++) {
      if (l <= last) {
        addLayer(builder, memory, plan.layers().get(l), l == last);
      } else {
        builder.address(new long[10]).ints(0, 0, 0, 0, 0, 0, 0, 0);
      }
    }
    Tensor scores = plan.layers().getLast().matMul().out();
    builder
        .tensors(rows.source(), rows.order(), rows.state())
        .address(memory.status())
        .tensors(rows.out())
        .address(scores.sameElements(plan.layers().getLast().d()) ? 0 : memory.address(scores))
        .address(memory.workspace(false) + PersistentPlan.COUNTER_BYTES)
        .address(memory.workspace(false))
        .ints(plan.layers().size(), 1);
    MemorySegment count = builder.latestInt();
    builder
        .ints(rows.source().rows(), place, rows.source().type() == DType.U8 ? 1 : 0)
        .floats(rows.scale())
        .ints(plan.stageX(), plan.stageD(), plan.rowNumbers())
        .endStruct();
    return count;
  }

  /// The members of `Layer` in `persistent.cuh`.
  private static void addLayer(
      CommandBuilder builder, DeviceMemory memory, PersistentPlan.Layer layer, boolean isLast) {
    var weights = layer.update();
    var bias = layer.biasUpdate();
    builder
        .tensors(weights.parameters(), weights.m(), weights.v())
        .tensors(bias.parameters(), bias.m(), bias.v())
        .tensors(weights.gradients(), bias.gradients())
        .address(isLast ? 0 : memory.address(layer.forward().result()))
        .tensors(layer.d())
        .ints(layer.matMul().k(), layer.matMul().n())
        .ints(weights.parameters().size(), bias.parameters().size())
        .ints(layer.kTile(), layer.nTile(), layer.nPitch(), layer.tile());
  }

  @Override
  public String operation() {
    return kernel.operation();
  }

  @Override
  public boolean endsApart() {
    return false;
  }

  /// Puts steps at the end of the session's stream, at least one.
  void run(Session session, int times) {
    for (int left = times; left > 0; left -= MOST_STEPS) {
      launch(session, session.stream(), Math.min(left, MOST_STEPS));
    }
  }

  /// It waits for all that is in the stream, so it is not recorded.
  @Override
  public void launch(Session session, CUstream stream, boolean last) {
    launch(session, stream, 1);
  }

  private void launch(Session session, CUstream stream, int steps) {
    count.set(ValueLayout.JAVA_INT, 0, steps);
    int code = cuMemsetD8Async(arrived, (byte) 0, Integer.BYTES, stream);
    if (code == CUresult.CUDA_SUCCESS) {
      Grid grid = kernel.grid();
      code =
          cuLaunchCooperativeKernel(
              kernel.function(),
              grid.x(),
              1,
              1,
              grid.threads(),
              1,
              1,
              grid.sharedBytes(),
              stream,
              kernel.parameters());
    }
    if (code != CUresult.CUDA_SUCCESS) {
      throw session.failure(code, describe());
    }
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%s, many steps a launch, %d barriers of the grid a step",
        kernel.describe(),
        barriers);
  }
}
