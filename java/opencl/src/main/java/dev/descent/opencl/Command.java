package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.clReleaseKernel;
import static org.lwjgl.opencl.CL10.nclEnqueueNDRangeKernel;

import dev.descent.internal.device.DeviceCommand;
import java.lang.foreign.MemorySegment;

/// One kernel with its arguments set and its work shared out: all that it takes to enqueue it.
///
/// @param kernel released by [#close]
/// @param global the work-items of each dimension, in memory outside the heap
/// @param local the work-items of a group
/// @param operation the operation with its shapes, for messages and explanations
/// @param detail how it is done
/// @param flops floating-point operations, 0 where they are not counted
/// @param bytes read and written at least
/// @param onlyInLast whether it runs in the last of a step's repetitions alone, since nobody sees what it
///     leaves in the others
record Command(
    long kernel,
    int dimensions,
    MemorySegment global,
    MemorySegment local,
    String operation,
    String detail,
    long flops,
    long bytes,
    boolean onlyInLast)
    implements DeviceCommand, AutoCloseable {

  /// The same command, which runs in the last repetition alone.
  Command inLast() {
    return new Command(kernel, dimensions, global, local, operation, detail, flops, bytes, true);
  }

  /// Puts the command at the end of a queue.
  ///
  /// @param event where the handle of an event goes, or 0
  /// @return OpenCL's error code
  int enqueue(long queue, long event) {
    return nclEnqueueNDRangeKernel(
        queue, kernel, dimensions, 0, global.address(), local.address(), 0, 0, event);
  }

  @Override
  public String describe() {
    return operation + ": " + detail + (onlyInLast ? ", in the last repetition" : "");
  }

  @Override
  public void close() {
    clReleaseKernel(kernel);
  }
}
