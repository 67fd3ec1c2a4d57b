package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;

/// Takes the time of commands by the device's own clock. While the host enqueues a command the
/// device does something else, so that it never waits for the host between the marks. What lies on
/// the device between a command and the marks counts: a microsecond or two.
final class EventTimer implements AutoCloseable {
  private static final double MILLI = 1e-3;

  private final Session session;
  private final Command busy;
  private final CUevent start = new CUevent();
  private final CUevent end = new CUevent();

  /// @param busy takes longer than enqueuing a command
  EventTimer(Session session, Command busy) {
    this.session = session;
    this.busy = busy;
    session.check(cuEventCreate(start, CUevent_flags.CU_EVENT_DEFAULT), "making an event");
    session.check(cuEventCreate(end, CUevent_flags.CU_EVENT_DEFAULT), "making an event");
  }

  /// Runs a command, as one that no repetition follows, and waits for it.
  ///
  /// @return seconds
  double time(Command command) {
    String what = command.describe();
    busy.launch(session, session.stream(), true);
    session.check(cuEventRecord(start, session.stream()), what);
    command.launch(session, session.stream(), true);
    session.check(cuEventRecord(end, session.stream()), what);
    session.synchronize(what);
    float[] milliseconds = new float[1];
    session.check(cuEventElapsedTime(milliseconds, start, end), what);
    return milliseconds[0] * MILLI;
  }

  @Override
  public void close() {
    cuEventDestroy(end);
    cuEventDestroy(start);
  }
}
