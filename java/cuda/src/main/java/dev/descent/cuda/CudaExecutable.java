package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.KernelTime;
import dev.descent.internal.device.DeviceExecutable;
import dev.descent.internal.device.Faults;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A program compiled for a GPU: its memory in one piece, and for each step a graph of kernels over
/// it.
final class CudaExecutable extends DeviceExecutable<StepGraph> {
  /// Set to 1, kernels run one by one, and a failure names the one that failed.
  static final String BLOCKING_VARIABLE = "DESCENT_CUDA_BLOCKING";

  private final Session session;
  private final boolean blocking = "1".equals(System.getenv(BLOCKING_VARIABLE));
  private final Arena arena = Arena.ofShared();
  private final List<Command> commands = new ArrayList<>();
  private final List<StepGraph> graphs = new ArrayList<>();
  private final DeviceMemory memory;
  private final Kernels kernels;

  CudaExecutable(
      Lifetime life,
      Session session,
      Modules modules,
      Tuning tuning,
      @Nullable Cublas cublas,
      Program program) {
    super(life, program);
    this.session = session;
    this.memory = allocate(program, tuning, cublas);
    this.kernels = new Kernels(modules, memory, arena, tuning);
    boolean compiled = false;
    try {
      var compiler = new StepCompiler(kernels, cublas, commands);
      for (Program.Step step : program.steps()) {
        int first = commands.size();
        Schedule schedule = compiler.compile(step.operations());
        var graph = new StepGraph(session, commands.subList(first, commands.size()), schedule);
        graphs.add(graph);
        add(step.name(), graph);
      }
      if (cublas != null) {
        warmUp();
      }
      compiled = true;
    } finally {
      if (!compiled) {
        close();
      }
    }
  }

  /// cuBLAS may load a kernel and set it up when it is first needed, which a recording does not
  /// bear. So each product runs once before, on memory that is all zeros and is so again
  /// afterwards.
  private void warmUp() {
    for (Command command : commands) {
      if (command instanceof CublasProduct product) {
        product.launch(session, session.stream(), true);
        session.synchronize(product.describe());
      }
    }
    memory.clear();
  }

  private DeviceMemory allocate(Program program, Tuning tuning, @Nullable Cublas cublas) {
    try {
      return new DeviceMemory(session, layout(program, tuning, cublas));
    } catch (DeviceException e) {
      arena.close();
      throw e;
    }
  }

  private Layout layout(Program program, Tuning tuning, @Nullable Cublas cublas) {
    // Kernels of a stream run one after the other, so the same place does for all of them.
    long tickets = 1;
    long workspace = 0;
    for (Program.Step step : program.steps()) {
      PersistentPlan persistent =
          cublas == null
              ? StepCompiler.persistent(step.operations(), tuning, session.device()).plan()
              : null;
      if (persistent != null) {
        workspace = Math.max(workspace, persistent.workspaceBytes());
      }
      for (Operation operation : step.operations()) {
        if (operation instanceof MatMul && cublas != null) {
          workspace = Math.max(workspace, cublas.workspaceBytes());
          continue;
        }
        if (operation instanceof MatMul op && tuning.isByWgmma(op)) {
          WgmmaPlan byWgmma = WgmmaPlan.of(op, tuning.precision());
          workspace = Math.max(workspace, byWgmma.workspaceBytes());
          continue;
        }
        Optional<MatMulPlan> plan =
            operation instanceof MatMul op
                ? Optional.of(tuning.plan(op))
                : Convolution.of(operation).map(tuning::plan);
        Optional<Slabs> slabs = Slabs.of(operation, tuning);
        tickets = Math.max(tickets, plan.map(MatMulPlan::tickets).orElse(0L));
        tickets = Math.max(tickets, slabs.map(Slabs::tickets).orElse(0L));
        workspace = Math.max(workspace, plan.map(MatMulPlan::workspaceBytes).orElse(0L));
        workspace = Math.max(workspace, slabs.map(Slabs::workspaceBytes).orElse(0L));
      }
    }
    return new Layout(
        program, tickets * Integer.BYTES, MetricsCompiler.partialBytes(tuning), workspace);
  }

  @Override
  protected void attach() {
    session.enter();
  }

  @Override
  protected void run(String name, StepGraph graph, int times) {
    if (blocking) {
      graph.runSingly(times);
    } else {
      graph.run(times);
    }
    requireNoFault(name, graph.what());
  }

  /// The kernels run one by one, outside of any graph. Those of the last repetition alone are no part
  /// of what a step takes.
  @Override
  protected List<KernelTime> profile(String name, StepGraph graph, int times) {
    List<Command> timed = graph.commands();
    double[] seconds = new double[timed.size()];
    try (EventTimer timer = new EventTimer(session, kernels.busy())) {
      for (int time = 0; time < times; time++) {
        for (int i = 0; i < seconds.length; i++) {
          Command command = timed.get(i);
          if (!command.onlyInLast()) {
            seconds[i] += timer.time(command);
          } else if (time == times - 1) {
            command.launch(session, session.stream(), true);
          }
        }
      }
    }
    requireNoFault(name, graph.what());
    List<String> described = graph.describe();
    List<KernelTime> result = new ArrayList<>();
    for (int i = 0; i < seconds.length; i++) {
      if (!timed.get(i).onlyInLast()) {
        // Nobody counts the operations and the bytes yet.
        result.add(new KernelTime(described.get(i), seconds[i] / times, 0, 0));
      }
    }
    return result;
  }

  private void requireNoFault(String step, String what) {
    Faults.require(memory.awaitStatus(what), CudaProvider.NAME, step, commands);
  }

  @Override
  protected void upload(Tensor tensor, MemorySegment source) {
    memory.write(tensor, source);
  }

  @Override
  protected void download(Tensor tensor, MemorySegment target) {
    memory.read(tensor, target);
  }

  @Override
  protected List<String> describe(StepGraph graph) {
    return graph.describe();
  }

  @Override
  public long memoryBytes() {
    return memory.bytes();
  }

  @Override
  protected void release() {
    session.release();
    graphs.forEach(StepGraph::close);
    memory.close();
    arena.close();
  }
}
