package dev.descent.opencl;

import dev.descent.backend.Executable;
import dev.descent.program.Program;
import java.util.List;
import java.util.Map;

/// A device on which choices are tried, opened anew after one that made it fail: some drivers refuse
/// all work in a context after that.
final class TrialDevice implements AutoCloseable {
  private final Device device;
  private final BinaryCache cache;
  private Session session;
  private Programs programs;

  TrialDevice(Device device, BinaryCache cache) {
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
    return new OpenClExecutable(session, programs, tuning, program);
  }

  void reopen() {
    close();
    session = new Session(device);
    programs = new Programs(session, cache);
  }

  @Override
  public void close() {
    programs.close();
    session.close();
  }
}
