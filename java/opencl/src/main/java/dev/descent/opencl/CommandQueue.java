package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_TRUE;
import static org.lwjgl.opencl.CL10.clFinish;
import static org.lwjgl.opencl.CL10.clFlush;
import static org.lwjgl.opencl.CL10.clReleaseEvent;
import static org.lwjgl.opencl.CL10.nclEnqueueReadBuffer;
import static org.lwjgl.opencl.CL10.nclWaitForEvents;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Runs lists of commands again and again. The queue is kept filled but bounded: every so many
/// commands one carries an event, and before the queue gets two such stretches long, the older
/// event is waited for.
final class CommandQueue {
  /// Commands between two events: some milliseconds of work even where each takes microseconds.
  private static final int STRETCH = 512;

  private final Session session;
  private final long status;
  private final MemorySegment events;
  private final MemorySegment host;

  /// @param status the buffer in which kernels report faults
  CommandQueue(Session session, long status, Arena arena) {
    this.session = session;
    this.status = status;
    this.events = arena.allocate(ValueLayout.JAVA_LONG, 2);
    this.host = arena.allocate(ValueLayout.JAVA_INT);
  }

  /// Runs the commands `times` times and waits until all is done.
  ///
  /// @return what kernels reported, 0 if nothing
  /// @throws dev.descent.DeviceException if the device fails
  int run(List<Command> commands, int times) {
    try {
      enqueue(commands, times);
    } finally {
      releaseEvents();
    }
    // Reading waits for all before it, and tells if any of it failed.
    int code =
        nclEnqueueReadBuffer(
            session.queue(), status, CL_TRUE, 0, Integer.BYTES, host.address(), 0, 0, 0);
    session.check(code == ErrorCode.SUCCESS ? clFinish(session.queue()) : code, where(commands));
    return host.get(ValueLayout.JAVA_INT, 0);
  }

  private void enqueue(List<Command> commands, int times) {
    int inStretch = 0;
    int stretch = 0;
    for (int time = 0; time < times; time++) {
      for (Command command : commands) {
        if (command.onlyInLast() && time < times - 1) {
          continue;
        }
        boolean last = ++inStretch == STRETCH;
        if (last) {
          waitFor(stretch & 1);
        }
        long event = last ? address(stretch & 1) : 0;
        int code = command.enqueue(session.queue(), event);
        if (code != ErrorCode.SUCCESS) {
          clFinish(session.queue());
          throw session.failure(code, command.operation());
        }
        if (last) {
          clFlush(session.queue());
          inStretch = 0;
          stretch++;
        }
      }
    }
  }

  /// Waits for an event and forgets it, if there is one.
  private void waitFor(int index) {
    long event = events.getAtIndex(ValueLayout.JAVA_LONG, index);
    if (event != 0) {
      int code = nclWaitForEvents(1, address(index));
      release(index);
      session.check(code, "a step");
    }
  }

  private long address(int index) {
    return events.address() + index * (long) Long.BYTES;
  }

  private void releaseEvents() {
    release(0);
    release(1);
  }

  private void release(int index) {
    long event = events.getAtIndex(ValueLayout.JAVA_LONG, index);
    if (event != 0) {
      clReleaseEvent(event);
      events.setAtIndex(ValueLayout.JAVA_LONG, index, 0);
    }
  }

  private static String where(List<Command> commands) {
    return "a step of " + commands.size() + " kernels, the last " + commands.getLast().operation();
  }
}
