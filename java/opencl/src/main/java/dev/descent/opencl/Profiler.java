package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_PROFILING_COMMAND_END;
import static org.lwjgl.opencl.CL10.CL_PROFILING_COMMAND_START;
import static org.lwjgl.opencl.CL10.clFinish;
import static org.lwjgl.opencl.CL10.clReleaseCommandQueue;
import static org.lwjgl.opencl.CL10.clReleaseEvent;
import static org.lwjgl.opencl.CL10.nclGetEventProfilingInfo;

import dev.descent.backend.KernelTime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Takes the time of each command of a step on the device, by the device's own clock. The commands
/// run on a queue of its own, so that unmeasured steps do not pay for it.
final class Profiler {
  private Profiler() {}

  /// Runs the commands `times` times and waits until all is done. Those of the last repetition alone
  /// are no part of what a step takes.
  static List<KernelTime> profile(Session session, List<Command> commands, int times) {
    clFinish(session.queue());
    long queue = session.profilingQueue();
    double[] seconds = new double[commands.size()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(ValueLayout.JAVA_LONG);
      for (int time = 0; time < times; time++) {
        for (int i = 0; i < seconds.length; i++) {
          Command command = commands.get(i);
          if (command.onlyInLast() && time < times - 1) {
            continue;
          }
          session.check(command.enqueue(queue, event.address()), command.operation());
          long handle = event.get(ValueLayout.JAVA_LONG, 0);
          int code = clFinish(queue);
          seconds[i] +=
              (at(handle, CL_PROFILING_COMMAND_END) - at(handle, CL_PROFILING_COMMAND_START))
                  * 1e-9;
          clReleaseEvent(handle);
          session.check(code, command.operation());
        }
      }
    } finally {
      clFinish(queue);
      clReleaseCommandQueue(queue);
    }
    List<KernelTime> timings = new ArrayList<>();
    for (int i = 0; i < seconds.length; i++) {
      Command command = commands.get(i);
      if (!command.onlyInLast()) {
        timings.add(
            new KernelTime(
                command.describe(), seconds[i] / times, command.flops(), command.bytes()));
      }
    }
    return timings;
  }

  /// Nanoseconds of the device's clock.
  private static long at(long event, int moment) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG);
      nclGetEventProfilingInfo(event, moment, Long.BYTES, time.address(), 0);
      return time.get(ValueLayout.JAVA_LONG, 0);
    }
  }
}
