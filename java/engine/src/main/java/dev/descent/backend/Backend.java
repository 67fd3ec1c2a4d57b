package dev.descent.backend;

import dev.descent.program.Program;

/// An opened device that compiles and runs programs. Made by a [BackendProvider]; used by one thread
/// at a time.
public interface Backend extends AutoCloseable {
  /// What this runs on, for the first line of every run.
  DeviceInfo device();

  /// Compiles a program and allocates its buffers.
  ///
  /// @throws dev.descent.DeviceException naming the operation if this backend lacks it, or the sizes
  ///     if the device's memory does not suffice; nothing has run then
  Executable compile(Program program);

  /// Closes the device, and every executable of it that is still open. Idempotent.
  @Override
  void close();
}
