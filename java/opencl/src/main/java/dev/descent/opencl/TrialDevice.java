package dev.descent.opencl;

import dev.descent.backend.Executable;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.Program;
import java.util.List;
import java.util.Map;

/// A device on which choices are tried, opened anew after one that made it fail: some drivers
/// refuse all work in a context after that.
final class TrialDevice implements AutoCloseable {
  private final Device device;
  private final BinaryCache cache;
  private final Lifetime owner;
  private Lifetime life = new Lifetime(OpenClProvider.NAME);
  private Session session;
  private Programs programs;

  /// @param owner no trial begins once it is closed
  TrialDevice(Lifetime owner, Device device, BinaryCache cache) {
    this.owner = owner;
    this.device = device;
    this.cache = cache;
    this.session = new Session(device);
    this.programs = new Programs(session, cache);
  }

  Device device() {
    return device;
  }

  /// The usual choices, but this tile for all products.
  Tuning tuning(MatMulTile tile) {
    Tuning usual = Tuning.of(device);
    return new Tuning(
        usual.vectorWidth(), usual.group(), usual.runs(), List.of(tile), Map.of(), "on trial");
  }

  /// Compiles a program with these choices.
  ///
  /// @return to be closed by the caller, before anything else is compiled
  Executable compile(Program program, Tuning tuning) {
    owner.requireUsable();
    return new OpenClExecutable(life, session, programs, tuning, program);
  }

  void reopen() {
    close();
    life = new Lifetime(OpenClProvider.NAME);
    session = new Session(device);
    programs = new Programs(session, cache);
  }

  @Override
  public void close() {
    programs.close();
    session.close();
  }
}
