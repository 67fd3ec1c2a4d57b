package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;

/// Takes the time of commands by the device's own clock. What lies between a command and the marks
/// before and behind it counts too: a microsecond or two.
final class EventTimer implements AutoCloseable {
  private static final double MILLI = 1e-3;

  private final Session session;
  private final CUevent start = new CUevent();
  private final CUevent end = new CUevent();

  EventTimer(Session session) {
    this.session = session;
    session.check(cuEventCreate(start, CUevent_flags.CU_EVENT_DEFAULT), "making an event");
    session.check(cuEventCreate(end, CUevent_flags.CU_EVENT_DEFAULT), "making an event");
  }

  /// Runs a command, as one that no repetition follows, and waits for it.
  ///
  /// @return seconds
  double time(Command command) {
    String what = command.describe();
    session.check(cuEventRecord(start, session.stream()), what);
    command.launch(session, true);
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
