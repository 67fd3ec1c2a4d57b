package dev.descent.backend;

import dev.descent.program.Operation;
import dev.descent.program.Program;
import org.jspecify.annotations.Nullable;

/// An opened device that compiles and runs programs. Made by a [BackendProvider]. Calls of several
/// threads run one after the other; once this is closed, they throw [IllegalStateException].
public interface Backend extends AutoCloseable {
  /// {@return what this runs on, for the first line of every run}
  DeviceInfo device();

  /// {@return whether this backend has code for operations of a type} It runs others as their
  /// [expansions][Operation#expand].
  ///
  /// @param type of an operation
  boolean supports(Class<? extends Operation> type);

  /// Compiles a program and allocates its buffers.
  ///
  /// @param program its buffers are allocated on the device
  /// @return owned by the caller; closed with this backend at the latest
  /// @throws dev.descent.DeviceException naming the operation if one is neither supported nor can
  ///     be expanded, or the sizes if the device's memory does not suffice; nothing has run then
  Executable compile(Program program);

  /// Begins in the background what a first training step would wait for and what depends on no
  /// program, while the caller still reads data. Returns at once. Optional; further calls are
  /// harmless.
  default void warmUp() {}

  /// Compiles the forward pass of a model, to be run by many threads at the same time. What they
  /// compute has the bits that [#compile] gives.
  ///
  /// @param source of programs
  /// @param parameters as many as the programs have; not modified, and not referred to after the
  ///     call
  /// @return to be closed by the caller; closed with this at the latest
  /// @throws dev.descent.DeviceException as [#compile] throws it
  default Inference inference(Forward.Source source, float[] parameters) {
    return new QueuedInference(this, source, parameters);
  }

  /// Measures what the device can do at best.
  ///
  /// @param seconds about how long to measure
  /// @return what was measured
  default Ceilings ceilings(double seconds) {
    return Ceilings.UNKNOWN;
  }

  /// {@return what fits the kernels to the device by trial, or null where the backend has no
  /// choices} It works as long as this is open, and changes nothing of it.
  default @Nullable Tuner tuner() {
    return null;
  }

  /// Closes the device, and every executable of it that is still open, once the call that another
  /// thread runs has ended. Idempotent.
  @Override
  void close();
}
