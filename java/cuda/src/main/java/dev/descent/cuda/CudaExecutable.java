package dev.descent.cuda;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.backend.Precision;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A program compiled for a GPU: its memory in one piece, and for each step a graph of kernels over it.
final class CudaExecutable implements Executable {
  /// Set to 1, kernels run one by one, and a failure names the one that failed.
  static final String BLOCKING_VARIABLE = "DESCENT_CUDA_BLOCKING";

  /// How a fault in the data reads, by the number that `common.cuh` gives it.
  private static final List<String> FAULTS =
      List.of(
          "an unknown fault",
          "the row order or the cursor is outside the data",
          "a label is outside the classes",
          "the slot is outside the slots");

  private final Session session;
  private final Program program;
  private final boolean blocking = "1".equals(System.getenv(BLOCKING_VARIABLE));
  private final Arena arena = Arena.ofShared();
  private final List<Command> commands = new ArrayList<>();
  private final Map<String, StepGraph> steps = new HashMap<>();
  private final DeviceMemory memory;
  private boolean failed;
  private boolean closed;

  CudaExecutable(
      Session session,
      Modules modules,
      Tuning tuning,
      Precision precision,
      @Nullable Cublas cublas,
      Program program) {
    this.session = session;
    this.program = program;
    this.memory = allocate(tuning, cublas);
    boolean compiled = false;
    try {
      var kernels = new Kernels(modules, memory, arena, tuning);
      var compiler = new StepCompiler(kernels, precision, cublas, commands);
      for (Program.Step step : program.steps()) {
        int first = commands.size();
        compiler.compile(step.operations());
        steps.put(step.name(), new StepGraph(session, commands.subList(first, commands.size())));
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

  /// cuBLAS may load a kernel and set it up when it is first needed, which a recording does not bear. So each
  /// product runs once before, on memory that is all zeros and is so again afterwards.
  private void warmUp() {
    for (Command command : commands) {
      if (command instanceof CublasProduct product) {
        product.launch(session, true);
        session.synchronize(product.describe());
      }
    }
    memory.clear();
  }

  private DeviceMemory allocate(Tuning tuning, @Nullable Cublas cublas) {
    try {
      return new DeviceMemory(session, layout(program, tuning, cublas));
    } catch (DeviceException e) {
      arena.close();
      throw e;
    }
  }

  private static Layout layout(Program program, Tuning tuning, @Nullable Cublas cublas) {
    // Kernels run one after the other, so the same place does for all.
    long tickets = 1;
    long workspace = 0;
    for (Program.Step step : program.steps()) {
      for (Operation operation : step.operations()) {
        if (operation instanceof MatMul && cublas != null) {
          workspace = cublas.workspaceBytes();
        } else if (operation instanceof MatMul op) {
          MatMulPlan plan = tuning.plan(op.m(), op.n(), op.k());
          tickets = Math.max(tickets, plan.tickets());
          workspace = Math.max(workspace, plan.workspaceBytes());
        }
      }
    }
    return new Layout(
        program, tickets * Integer.BYTES, MetricsCompiler.partialBytes(tuning), workspace);
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public void run(String step, int times) {
    requireUsable();
    if (times < 0) {
      throw new IllegalArgumentException("times " + times + " is negative");
    }
    StepGraph graph = step(step);
    if (times == 0) {
      return;
    }
    requireNoFault(
        step,
        guarded(() -> {
          if (blocking) {
            graph.runSingly(times);
          } else {
            graph.run(times);
          }
          return memory.awaitStatus(graph.what());
        }));
  }

  /// The kernels run one by one, outside of any graph.
  @Override
  public List<KernelTime> profile(String step, int times) {
    requireUsable();
    List<Command> timed = step(step).commands();
    double[] seconds = new double[timed.size()];
    requireNoFault(
        step,
        guarded(() -> {
          try (EventTimer timer = new EventTimer(session)) {
            for (int time = 0; time < times; time++) {
              for (int i = 0; i < seconds.length; i++) {
                seconds[i] += timer.time(timed.get(i));
              }
            }
          }
          return memory.awaitStatus(step);
        }));
    List<KernelTime> result = new ArrayList<>();
    for (int i = 0; i < seconds.length; i++) {
      // Nobody counts the operations and the bytes yet.
      result.add(new KernelTime(timed.get(i).describe(), seconds[i] / times, 0, 0));
    }
    return result;
  }

  /// @param report what kernels left in the status word
  private void requireNoFault(String step, int report) {
    if (report != 0) {
      failed = true;
      String operation = commands.get(report / 4).operation();
      throw new DeviceException(
          "cuda: step %s: %s: %s".formatted(step, operation, FAULTS.get(report % 4)));
    }
  }

  @Override
  public void write(Tensor tensor, MemorySegment source) {
    requireUsable();
    guarded(() -> {
      memory.write(tensor, source);
      return true;
    });
  }

  @Override
  public void read(Tensor tensor, MemorySegment target) {
    requireUsable();
    guarded(() -> {
      memory.read(tensor, target);
      return true;
    });
  }

  /// After a failure nothing that lies on the device can be relied on.
  private <T> T guarded(Supplier<T> call) {
    try {
      session.enter();
      return call.get();
    } catch (DeviceException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public List<String> explain(String step) {
    requireUsable();
    return step(step).commands().stream().map(Command::describe).toList();
  }

  @Override
  public long memoryBytes() {
    return memory.bytes();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (!session.isClosed()) {
        session.release();
        steps.values().forEach(StepGraph::close);
        memory.close();
      }
      arena.close();
    }
  }

  boolean isClosed() {
    return closed;
  }

  private StepGraph step(String name) {
    StepGraph graph = steps.get(name);
    if (graph == null) {
      throw new IllegalArgumentException("no step " + name + "; there are " + steps.keySet());
    }
    return graph;
  }

  private void requireUsable() {
    if (closed) {
      throw new IllegalStateException("this executable or its backend is closed");
    }
    session.requireUsable();
    if (failed) {
      throw new IllegalStateException("this executable has failed and can only be closed");
    }
  }
}
