package dev.descent.internal.device;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The life of an executable, the same for all devices: arguments are checked, calls run within the
/// device's [Lifetime], after a failure it can only be closed, and closing frees its memory once,
/// when no call is running.
///
/// @param <S> a compiled step
public abstract class DeviceExecutable<S> implements Executable {
  private final Lifetime life;
  private final Program program;
  private final Map<String, S> steps = new HashMap<>();
  private volatile boolean closed;
  private boolean failed;
  private boolean released;

  /// @param life of the device
  /// @param program that this is compiled from
  protected DeviceExecutable(Lifetime life, Program program) {
    this.life = life;
    this.program = program;
  }

  /// The backend's name, for messages.
  protected final String backend() {
    return life.backend();
  }

  /// Adds a compiled step.
  protected final void add(String name, S step) {
    steps.put(name, step);
  }

  /// Binds the device to this thread, where it needs that.
  protected void attach() {}

  /// Runs a step at least once and waits for its end.
  ///
  /// @throws DeviceException if the device fails, or kernels report a fault
  protected abstract void run(String name, S step, int times);

  /// Runs a step at least once and takes the time of each kernel: see [Executable#profile].
  protected List<KernelTime> profile(String name, S step, int times) {
    return List.of();
  }

  /// Copies a tensor's elements to the device: see [Executable#write].
  protected abstract void upload(Tensor tensor, MemorySegment source);

  /// Copies a tensor's elements from the device: see [Executable#read].
  protected abstract void download(Tensor tensor, MemorySegment target);

  /// A line for each kernel or stage: see [Executable#explain].
  protected abstract List<String> describe(S step);

  /// Frees all that belongs to this. Called once, while no call runs; throws nothing.
  protected abstract void release();

  @Override
  public final Program program() {
    return program;
  }

  @Override
  public final void run(String step, int times) {
    enter();
    try {
      requireTimes(times, 0);
      S compiled = step(step);
      if (times > 0) {
        attach();
        run(step, compiled, times);
      }
    } catch (DeviceException e) {
      throw failed(e);
    } finally {
      life.exit();
    }
  }

  @Override
  public final List<KernelTime> profile(String step, int times) {
    enter();
    try {
      requireTimes(times, 1);
      S compiled = step(step);
      attach();
      return profile(step, compiled, times);
    } catch (DeviceException e) {
      throw failed(e);
    } finally {
      life.exit();
    }
  }

  @Override
  public final void write(Tensor tensor, MemorySegment source) {
    enter();
    try {
      attach();
      upload(tensor, source);
    } catch (DeviceException e) {
      throw failed(e);
    } finally {
      life.exit();
    }
  }

  @Override
  public final void read(Tensor tensor, MemorySegment target) {
    enter();
    try {
      attach();
      download(tensor, target);
    } catch (DeviceException e) {
      throw failed(e);
    } finally {
      life.exit();
    }
  }

  @Override
  public final List<String> explain(String step) {
    enter();
    try {
      return describe(step(step));
    } finally {
      life.exit();
    }
  }

  @Override
  public final void close() {
    closed = true;
    life.release(this);
  }

  /// Called by [Lifetime] while no call runs.
  final void releaseOnce() {
    if (!released) {
      released = true;
      steps.clear();
      release();
    }
  }

  private void enter() {
    life.enter();
    String reason =
        closed
            ? "this executable of the %s backend is closed"
            : failed ? "this executable of the %s backend has failed and can only be closed" : "";
    if (!reason.isEmpty()) {
      life.exit();
      throw new IllegalStateException(reason.formatted(life.backend()));
    }
  }

  /// After a failure nothing that lies on the device can be relied on.
  private DeviceException failed(DeviceException e) {
    failed = true;
    return e;
  }

  private static void requireTimes(int times, int least) {
    if (times < least) {
      throw new IllegalArgumentException("times " + times + " is less than " + least);
    }
  }

  private S step(String name) {
    @Nullable S step = steps.get(name);
    if (step == null) {
      throw new IllegalArgumentException("no step " + name + "; there are " + steps.keySet());
    }
    return step;
  }
}
