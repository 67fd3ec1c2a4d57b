package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import org.jspecify.annotations.Nullable;

/// The commands of a step, recorded once as a graph and replayed: by one step, and by as many as
/// fit a graph of some hundred kernels, so that an epoch takes few launches. What only the last of
/// several repetitions leaves is the matter of a graph of its own.
final class StepGraph implements AutoCloseable {
  /// Kernels in a graph of several steps: a millisecond or more of work for each launch.
  private static final int KERNELS = 512;

  private final Session session;
  private final List<Command> commands;
  private final Schedule schedule;
  private final int many;
  private final boolean endsApart;
  private @Nullable CUgraphExec last;
  private @Nullable CUgraphExec one;
  private @Nullable CUgraphExec several;

  /// @param schedule of the commands
  StepGraph(Session session, List<Command> commands, Schedule schedule) {
    this.session = session;
    this.schedule = schedule;
    this.commands = List.copyOf(commands);
    this.many = Math.max(1, KERNELS / commands.size());
    this.endsApart = commands.stream().anyMatch(Command::endsApart);
  }

  List<Command> commands() {
    return commands;
  }

  /// What each command does, what it does not do along, and whether it runs beside those that follow.
  List<String> describe() {
    return IntStream.range(0, commands.size())
        .mapToObj(i -> commands.get(i).describe() + schedule.notes().get(i))
        .toList();
  }

  /// Enqueues the step `times` times, at least once. Graphs are recorded when they are first
  /// needed.
  void run(int times) {
    if (commands.getFirst() instanceof PersistentSteps steps) {
      steps.run(session, times);
      return;
    }
    int left = endsApart ? times - 1 : times;
    if (many > 1 && left >= many) {
      several = several == null ? record(many, false) : several;
      for (; left >= many; left -= many) {
        launch(several);
      }
    }
    if (left > 0) {
      one = one == null ? record(1, false) : one;
      for (; left > 0; left--) {
        launch(one);
      }
    }
    if (endsApart) {
      last = last == null ? record(1, true) : last;
      launch(last);
    }
  }

  /// Runs each command by itself and waits for it, so that a failure has a name.
  void runSingly(int times) {
    if (commands.getFirst() instanceof PersistentSteps steps) {
      steps.run(session, times);
      session.synchronize(steps.describe());
      return;
    }
    for (int time = 0; time < times; time++) {
      for (Command command : commands) {
        command.launch(session, session.stream(), time == times - 1);
        session.synchronize(command.describe());
      }
    }
  }

  private void launch(CUgraphExec graph) {
    session.check(cuGraphLaunch(graph, session.stream()), what());
  }

  /// What is said to have failed where the driver does not say which kernel.
  String what() {
    return String.format(
        Locale.ROOT,
        "a step of %d kernels, %s to %s,",
        commands.size(),
        commands.getFirst().operation(),
        commands.getLast().operation());
  }

  private CUgraphExec record(int times, boolean isLast) {
    var graph = new CUgraph();
    session.check(
        cuStreamBeginCapture(
            session.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "recording " + what());
    boolean enqueued = false;
    int code;
    try {
      enqueue(times, isLast);
      enqueued = true;
    } finally {
      // Whatever went wrong, the stream must not stay as it is.
      code = cuStreamEndCapture(session.stream(), graph);
      if (!enqueued) {
        cuGraphDestroy(graph);
      }
    }
    session.check(code, "recording " + what());
    var executable = new CUgraphExec();
    code = cuGraphInstantiate(executable, graph, 0);
    cuGraphDestroy(graph);
    session.check(code, "instantiating " + what());
    return executable;
  }

  private void enqueue(int times, boolean isLast) {
    for (int time = 0; time < times; time++) {
      boolean pending = false;
      for (int i = 0; i < commands.size(); i++) {
        if (schedule.aside().get(i)) {
          session.fork();
          commands.get(i).launch(session, session.side(), isLast);
          pending = true;
        } else {
          if (schedule.joins().get(i)) {
            session.join();
            pending = false;
          }
          commands.get(i).launch(session, session.stream(), isLast);
        }
      }
      if (pending) {
        session.join();
      }
    }
  }

  @Override
  public void close() {
    for (CUgraphExec graph : new @Nullable CUgraphExec[] {last, one, several}) {
      if (graph != null) {
        cuGraphExecDestroy(graph);
      }
    }
    last = null;
    one = null;
    several = null;
  }
}
