package dev.descent.backend;

import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A [Program] compiled for a device, together with the device memory of its buffers, which starts
/// out as zeros.
///
/// Calls of several threads run one after the other. After a [dev.descent.DeviceException], and
/// once this or its backend is closed, every call but [#close] throws [IllegalStateException].
public interface Executable extends AutoCloseable {
  /// {@return the program that runs: the one that was compiled, where the backend
  /// [supports][Backend#supports] all of its operations, else one with the same buffers and steps
  /// in which they are expanded}
  Program program();

  /// Runs a step `times` times in a row, equivalent to that many calls. When this returns, what the
  /// steps wrote can be read. Allocates nothing that grows with times.
  ///
  /// @param step the name of a step of the program
  /// @param times at least 0
  /// @throws dev.descent.DeviceException if the device fails
  void run(String step, int times);

  /// Sets a tensor's elements.
  ///
  /// @param tensor of a buffer of this program
  /// @param source the elements in row-major order, native byte order; exactly as many bytes as the
  ///     tensor has. Not modified, and not referred to after the call.
  void write(Tensor tensor, MemorySegment source);

  /// Reads a tensor's elements.
  ///
  /// @param tensor of a buffer of this program
  /// @param target receives the elements in row-major order, native byte order; exactly as many
  ///     bytes as the tensor has. Modified.
  void read(Tensor tensor, MemorySegment target);

  /// {@return what the backend made of a step, a line each kernel or stage, in the order in which
  /// they run}
  ///
  /// @param step the name of a step
  List<String> explain(String step);

  /// Runs a step `times` times like [#run] and takes the time of each kernel, in the order in which
  /// they run. Slower than [#run], since it waits for each. Kernels that run in the last repetition
  /// alone, for what only callers read, are left out.
  ///
  /// @param step the name of a step of the program
  /// @param times at least 1
  /// @return empty where the backend can't tell its kernels' times apart; then nothing has run
  /// @throws dev.descent.DeviceException if the device fails
  default List<KernelTime> profile(String step, int times) {
    return List.of();
  }

  /// {@return the bytes that this holds on the device: the program's buffers and the backend's own
  /// scratch space}
  long memoryBytes();

  /// Frees the device memory, once the call that another thread runs has ended. Idempotent.
  @Override
  void close();
}
