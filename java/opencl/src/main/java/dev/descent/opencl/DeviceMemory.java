package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_MEM_READ_WRITE;
import static org.lwjgl.opencl.CL10.CL_TRUE;
import static org.lwjgl.opencl.CL10.clReleaseMemObject;
import static org.lwjgl.opencl.CL10.nclCreateBuffer;
import static org.lwjgl.opencl.CL10.nclEnqueueReadBuffer;
import static org.lwjgl.opencl.CL10.nclEnqueueWriteBuffer;
import static org.lwjgl.opencl.CL12.nclEnqueueFillBuffer;

import dev.descent.DeviceException;
import dev.descent.program.Buffer;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The device memory of an executable: the program's buffers, each an object of its own, and what
/// kernels need beside them. All of it starts out as zeros.
final class DeviceMemory implements AutoCloseable {
  /// Sizes are rounded up to this many bytes, so that they can be filled by words.
  private static final long ROUNDING = 64;

  /// How much goes through the staging buffer at a time where the host's memory is on the heap.
  private static final int STAGING_BYTES = 1 << 20;

  private final Session session;
  private final Program program;
  private final Map<Buffer, Long> handles = new HashMap<>();
  private final List<Long> all = new ArrayList<>();
  private long bytes;

  /// @throws DeviceException with the sizes, if the device's memory does not suffice
  DeviceMemory(Session session, Program program) {
    this.session = session;
    this.program = program;
    requireRoom();
    try {
      for (Buffer buffer : program.buffers()) {
        handles.put(buffer, allocate(buffer.bytes(), "buffer " + buffer.name()));
      }
    } catch (DeviceException e) {
      close();
      throw e;
    }
  }

  private void requireRoom() {
    Device device = session.device();
    for (Buffer buffer : program.buffers()) {
      if (buffer.bytes() > device.maxBufferBytes()) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "opencl: buffer %s needs %,d bytes, and %s allows %,d in one buffer",
                buffer.name(),
                buffer.bytes(),
                device.name(),
                device.maxBufferBytes()));
      }
    }
    if (program.bytes() > device.memoryBytes()) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "opencl: the program needs %,d bytes, and %s has %,d; take a smaller batch or model",
              program.bytes(),
              device.name(),
              device.memoryBytes()));
    }
  }

  /// Makes a buffer of zeros that lives as long as this.
  ///
  /// @param what for the message if there is no room
  long allocate(long size, String what) {
    long rounded = (size + ROUNDING - 1) / ROUNDING * ROUNDING;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(ValueLayout.JAVA_INT);
      long handle =
          nclCreateBuffer(session.context(), CL_MEM_READ_WRITE, rounded, 0, code.address());
      requireAllocated(code.get(ValueLayout.JAVA_INT, 0), what, size);
      all.add(handle);
      MemorySegment zero = arena.allocate(ValueLayout.JAVA_INT);
      // Some drivers allocate only when the memory is first used: then this is what fails.
      requireAllocated(
          nclEnqueueFillBuffer(
              session.queue(), handle, zero.address(), Integer.BYTES, 0, rounded, 0, 0, 0),
          what,
          size);
      bytes += rounded;
      return handle;
    }
  }

  private void requireAllocated(int code, String what, long size) {
    if (code != ErrorCode.SUCCESS) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "opencl: %s of %,d bytes does not fit on %s: %s; the program needs %,d of its %,d bytes",
              what,
              size,
              session.device().name(),
              ErrorCode.name(code),
              program.bytes(),
              session.device().memoryBytes()));
    }
  }

  /// The buffer in which a tensor lies.
  long handle(Tensor tensor) {
    Long handle = handles.get(tensor.buffer());
    if (handle == null) {
      throw new IllegalArgumentException(
          "buffer " + tensor.buffer().name() + " is not of this program");
    }
    return handle;
  }

  long bytes() {
    return bytes;
  }

  /// See [dev.descent.backend.Executable#write].
  void write(Tensor tensor, MemorySegment source) {
    long handle = checked(tensor, source);
    transfer(
        tensor,
        source,
        true,
        (offset, size, address) ->
            nclEnqueueWriteBuffer(
                session.queue(), handle, CL_TRUE, offset, size, address, 0, 0, 0));
  }

  /// See [dev.descent.backend.Executable#read].
  void read(Tensor tensor, MemorySegment target) {
    long handle = checked(tensor, target);
    transfer(
        tensor,
        target,
        false,
        (offset, size, address) ->
            nclEnqueueReadBuffer(session.queue(), handle, CL_TRUE, offset, size, address, 0, 0, 0));
  }

  private long checked(Tensor tensor, MemorySegment host) {
    long handle = handle(tensor);
    if (host.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s has %,d bytes, not %,d", tensor, tensor.bytes(), host.byteSize()));
    }
    return handle;
  }

  private interface Transfer {
    int run(long offset, long size, long address);
  }

  private void transfer(Tensor tensor, MemorySegment host, boolean writes, Transfer transfer) {
    String what = (writes ? "writing " : "reading ") + tensor;
    long start = tensor.offset() * tensor.type().bytes();
    if (host.isNative()) {
      session.check(transfer.run(start, host.byteSize(), host.address()), what);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate(Math.min(STAGING_BYTES, host.byteSize()), ROUNDING);
      for (long at = 0; at < host.byteSize(); at += staging.byteSize()) {
        long size = Math.min(staging.byteSize(), host.byteSize() - at);
        if (writes) {
          MemorySegment.copy(host, at, staging, 0, size);
        }
        session.check(transfer.run(start + at, size, staging.address()), what);
        if (!writes) {
          MemorySegment.copy(staging, 0, host, at, size);
        }
      }
    }
  }

  @Override
  public void close() {
    all.forEach(handle -> clReleaseMemObject(handle));
    all.clear();
    handles.clear();
  }
}
