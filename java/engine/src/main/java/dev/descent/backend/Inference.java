package dev.descent.backend;

/// Computes outputs with one set of parameters, for any number of threads at the same time. Made by
/// [Backend#inference].
public interface Inference extends AutoCloseable {
  /// Computes a row of outputs for each sample. Allocates nothing once as many threads as now have
  /// called it with as many rows.
  ///
  /// @param samples row-major, from `samples0` on; not modified
  /// @param samples0 where the first row begins
  /// @param rows at least 1
  /// @param outputs receives the rows, from `outputs0` on
  /// @param outputs0 where the first row goes
  /// @throws IllegalStateException if this or the backend is closed
  /// @throws dev.descent.DeviceException if the device fails
  void run(float[] samples, int samples0, int rows, float[] outputs, int outputs0);

  /// {@return the same for other parameters, ready to run: the first runs take no longer than later
  /// ones} This goes on as before.
  ///
  /// @param parameters as many as this has; not modified, and not referred to after the call
  /// @throws dev.descent.DeviceException if the memory does not suffice
  Inference with(float[] parameters);

  /// Frees what belongs to this, once the runs of other threads have ended. Idempotent.
  @Override
  void close();
}
