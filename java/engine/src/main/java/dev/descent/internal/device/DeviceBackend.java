package dev.descent.internal.device;

import dev.descent.backend.Backend;
import dev.descent.backend.Ceilings;
import dev.descent.backend.Executable;
import dev.descent.internal.event.Events;
import dev.descent.internal.lowering.Expansion;
import dev.descent.program.Program;

/// A backend whose calls run within the [Lifetime] of its device, and which closes the executables
/// that are still open when it is closed.
public abstract class DeviceBackend implements Backend {
  private final Lifetime life;

  /// @param name of the backend
  protected DeviceBackend(String name) {
    this.life = new Lifetime(name);
  }

  /// The life of this backend's device.
  public final Lifetime life() {
    return life;
  }

  /// Binds the device to this thread, where it needs that.
  protected void attach() {}

  /// Compiles a program whose operations are all supported: see [Backend#compile]. What fails
  /// midway frees what it has made.
  protected abstract DeviceExecutable<?> open(Program program);

  /// Begins what a first training would wait for: see [Backend#warmUp].
  protected void warm() {}

  /// Measures the device: see [Backend#ceilings].
  protected Ceilings measure(double seconds) {
    return Ceilings.UNKNOWN;
  }

  /// Frees the device, whose executables are closed. Called once, while no call runs.
  protected abstract void release();

  @Override
  public final Executable compile(Program program) {
    life.enter();
    try {
      attach();
      Events.Compile event = Events.compile();
      Program supported = Expansion.apply(program, life.backend(), this::supports);
      DeviceExecutable<?> executable = open(supported);
      event.commit(life.backend(), operations(supported), executable.memoryBytes());
      life.adopt(executable);
      return executable;
    } finally {
      life.exit();
    }
  }

  private static int operations(Program program) {
    return program.steps().stream().mapToInt(step -> step.operations().size()).sum();
  }

  @Override
  public final void warmUp() {
    life.requireUsable();
    warm();
  }

  @Override
  public final Ceilings ceilings(double seconds) {
    life.enter();
    try {
      attach();
      return measure(seconds);
    } finally {
      life.exit();
    }
  }

  @Override
  public final void close() {
    life.close(this::release);
  }
}
