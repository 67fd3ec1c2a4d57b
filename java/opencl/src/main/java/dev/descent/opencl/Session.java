package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.clFinish;
import static org.lwjgl.opencl.CL10.clReleaseCommandQueue;
import static org.lwjgl.opencl.CL10.clReleaseContext;
import static org.lwjgl.opencl.CL10.nclCreateCommandQueue;
import static org.lwjgl.opencl.CL10.nclCreateContext;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An opened device: its context and one queue that runs commands in their order.
final class Session implements AutoCloseable {
  private static final long CONTEXT_PLATFORM = 0x1084;

  private final Device device;
  private final long context;
  private final long queue;

  /// @throws BackendUnavailableException if the driver refuses
  Session(Device device) {
    this.device = device;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment properties =
          arena.allocateFrom(ValueLayout.JAVA_LONG, CONTEXT_PLATFORM, device.platform(), 0L);
      MemorySegment devices = arena.allocateFrom(ValueLayout.JAVA_LONG, device.handle());
      context = nclCreateContext(properties.address(), 1, devices.address(), 0, 0, code.address());
      requireOpened("context", code.get(ValueLayout.JAVA_INT, 0));
      queue = nclCreateCommandQueue(context, device.handle(), 0, code.address());
      if (code.get(ValueLayout.JAVA_INT, 0) != ErrorCode.SUCCESS) {
        clReleaseContext(context);
      }
      requireOpened("command queue", code.get(ValueLayout.JAVA_INT, 0));
    }
  }

  private void requireOpened(String what, int code) {
    if (code != ErrorCode.SUCCESS) {
      throw new BackendUnavailableException(
          "opencl: %s refuses a %s: %s".formatted(device.name(), what, ErrorCode.name(code)));
    }
  }

  Device device() {
    return device;
  }

  long context() {
    return context;
  }

  long queue() {
    return queue;
  }

  /// A queue of the same kind that notes when each command ran. The caller releases it.
  long profilingQueue() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      long profiling = nclCreateCommandQueue(context, device.handle(), 2, code.address());
      check(code.get(ValueLayout.JAVA_INT, 0), "profiling");
      return profiling;
    }
  }

  /// Throws where a call failed.
  ///
  /// @param what the operation with its shapes
  void check(int code, String what) {
    if (code != ErrorCode.SUCCESS) {
      throw failure(code, what);
    }
  }

  DeviceException failure(int code, String what) {
    return new DeviceException(
        "opencl: %s failed on %s: %s".formatted(what, device.name(), ErrorCode.name(code)));
  }

  @Override
  public void close() {
    clFinish(queue);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
  }
}
