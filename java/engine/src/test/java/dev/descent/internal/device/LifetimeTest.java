package dev.descent.internal.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// Nothing is freed while a call runs, everything is freed once, and closed executables are
/// forgotten: on a device that notes what happens to it.
class LifetimeTest {
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final FakeBackend backend = new FakeBackend();
  private final Tensor x;
  private final Program program;

  LifetimeTest() {
    var builder = Program.builder();
    x = builder.buffer("x", Role.DATA, DType.F32, 4).asRow();
    program = builder.step("step", List.of(new Activate(Activation.RELU, x, x))).build();
  }

  private final class FakeBackend extends DeviceBackend {
    FakeBackend() {
      super("fake");
    }

    @Override
    public DeviceInfo device() {
      return new DeviceInfo("fake", "none", "", 0, "");
    }

    @Override
    public boolean supports(Class<? extends Operation> type) {
      return true;
    }

    @Override
    protected DeviceExecutable<String> open(Program program) {
      return new FakeExecutable(life(), program);
    }

    @Override
    protected void release() {
      events.add("device freed");
    }
  }

  private final class FakeExecutable extends DeviceExecutable<String> {
    FakeExecutable(Lifetime life, Program program) {
      super(life, program);
      add("step", "compiled");
    }

    /// Once waits to be allowed to end, seven times fails.
    @Override
    protected void run(String name, String step, int times) {
      if (times == 1) {
        running.countDown();
        try {
          mayEnd.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      } else if (times == 7) {
        throw new DeviceException("fake: failed");
      }
      events.add("ran");
    }

    @Override
    protected void upload(Tensor tensor, MemorySegment source) {}

    @Override
    protected void download(Tensor tensor, MemorySegment target) {}

    @Override
    protected List<String> describe(String step) {
      return List.of(step);
    }

    @Override
    public long memoryBytes() {
      return 0;
    }

    @Override
    protected void release() {
      events.add("freed");
    }
  }

  /// A thread that has closed what another one uses, up to where it must wait.
  private static Thread closing(Runnable close) {
    var closer = new Thread(close);
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      assertTrue(closer.isAlive(), "it did not wait for the call that runs");
      Thread.onSpinWait();
    }
    return closer;
  }

  private void closeDuringARun(Executable executable, Runnable close, List<String> expected)
      throws InterruptedException {
    var runner = new Thread(() -> executable.run("step", 1));
    runner.start();
    running.await();
    Thread closer = closing(close);
    assertEquals(List.of(), events);
    var e = assertThrows(IllegalStateException.class, () -> later(executable));
    assertTrue(e.getMessage().contains("fake backend"), e.getMessage());
    mayEnd.countDown();
    runner.join();
    closer.join();
    assertEquals(expected, events);
    executable.close();
    close.run();
    assertEquals(expected, events);
    assertEquals(0, backend.life().executables());
  }

  /// A call by a thread that does not wait for the one that runs.
  private void later(Executable executable) {
    mayEnd.countDown();
    executable.run("step", 2);
  }

  @Test
  void closingTheBackendWaitsForTheCallThatRuns() throws InterruptedException {
    closeDuringARun(
        backend.compile(program), backend::close, List.of("ran", "freed", "device freed"));
    var e = assertThrows(IllegalStateException.class, () -> backend.compile(program));
    assertEquals("the fake backend is closed", e.getMessage());
  }

  @Test
  void closingTheExecutableWaitsForTheCallThatRuns() throws InterruptedException {
    Executable executable = backend.compile(program);
    closeDuringARun(executable, executable::close, List.of("ran", "freed"));
    backend.compile(program).close();
    backend.close();
    assertEquals(List.of("ran", "freed", "freed", "device freed"), events);
  }

  @Test
  void closedExecutablesAreForgotten() {
    Executable open = backend.compile(program);
    for (int i = 0; i < 100; i++) {
      assertEquals(1, backend.life().executables());
      Executable executable = backend.compile(program);
      assertEquals(2, backend.life().executables());
      executable.close();
      executable.close();
    }
    assertEquals(100, events.size());
    open.run("step", 2);
    backend.close();
    assertEquals(List.of("ran", "freed", "device freed"), events.subList(100, events.size()));
  }

  @Test
  void afterAFailureAnExecutableCanOnlyBeClosed() {
    Executable executable = backend.compile(program);
    MemorySegment values = MemorySegment.ofArray(new float[4]);
    executable.write(x, values);
    assertThrows(DeviceException.class, () -> executable.run("step", 7));
    for (Runnable call :
        List.<Runnable>of(
            () -> executable.run("step", 2),
            () -> executable.profile("step", 2),
            () -> executable.write(x, values),
            () -> executable.read(x, values),
            () -> executable.explain("step"))) {
      var e = assertThrows(IllegalStateException.class, call::run);
      assertEquals(
          "this executable of the fake backend has failed and can only be closed", e.getMessage());
    }
    executable.close();
    assertEquals(List.of("freed"), events);
  }

  @Test
  void aLostDeviceCanOnlyBeClosed() {
    Executable executable = backend.compile(program);
    backend.life().lose("it burned");
    String expected = "the fake backend can only be closed: it burned";
    assertEquals(
        expected,
        assertThrows(IllegalStateException.class, () -> executable.run("step", 2)).getMessage());
    assertEquals(
        expected,
        assertThrows(IllegalStateException.class, () -> backend.compile(program)).getMessage());
    backend.close();
    assertEquals(List.of("freed", "device freed"), events);
  }

  @Test
  void argumentsAreChecked() {
    Executable executable = backend.compile(program);
    assertThrows(IllegalArgumentException.class, () -> executable.run("step", -1));
    assertThrows(IllegalArgumentException.class, () -> executable.profile("step", 0));
    assertThrows(IllegalArgumentException.class, () -> executable.run("other", 2));
    assertThrows(IllegalArgumentException.class, () -> executable.explain("other"));
    executable.run("step", 0);
    assertTrue(events.isEmpty());
    assertFalse(executable.explain("step").isEmpty());
    backend.close();
  }
}
