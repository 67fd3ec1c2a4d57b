package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;

import dev.descent.DeviceException;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;

/// The device memory of a program, in one piece, and a staging buffer in pinned host memory through
/// which everything is written and read: only pinned memory can be copied by the device itself.
final class DeviceMemory implements AutoCloseable {
  /// The largest staging buffer: pinning memory is slow.
  private static final int MAX_STAGING_BYTES = 4 << 20;

  private final Session session;
  private final Layout layout;
  private final DevicePointer base = new DevicePointer();
  private final Pointer staging = new Pointer();
  private final MemorySegment stagingBytes;

  /// How much goes through the staging buffer at a time.
  private final int stagingSize;

  /// Allocates all of it and fills it with zeros.
  ///
  /// @throws DeviceException with the sizes, if the device's memory does not suffice
  DeviceMemory(Session session, Layout layout) {
    this.session = session;
    this.layout = layout;
    long[] free = new long[1];
    long[] total = new long[1];
    session.check(cuMemGetInfo(free, total), "asking for the memory");
    if (layout.bytes() > free[0]) {
      throw tooLarge(free[0], "");
    }
    int code = cuMemAlloc(base, layout.bytes());
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw tooLarge(free[0], ": " + CUresult.stringFor(code));
    }
    session.check(code, String.format(Locale.ROOT, "allocating %,d bytes", layout.bytes()));
    this.stagingSize = (int) Math.min(MAX_STAGING_BYTES, layout.bytes());
    int pinned = cuMemHostAlloc(staging, stagingSize, 0);
    if (pinned != CUresult.CUDA_SUCCESS) {
      cuMemFree(base);
      throw session.failure(
          pinned, String.format(Locale.ROOT, "pinning %,d bytes of host memory", stagingSize));
    }
    this.stagingBytes =
        MemorySegment.ofBuffer(
            staging.getByteBuffer(0, stagingSize).order(ByteOrder.nativeOrder()));
    clear();
  }

  /// Fills all of it with zeros.
  void clear() {
    String what = "filling with zeros";
    session.check(cuMemsetD8Async(base, (byte) 0, layout.bytes(), session.stream()), what);
    session.synchronize(what);
  }

  private DeviceException tooLarge(long free, String reason) {
    return new DeviceException(
        String.format(
            Locale.ROOT,
            "cuda: the program needs %,d bytes, and %,d of %s's %,d are free%s; take a smaller batch or model",
            layout.bytes(),
            free,
            session.device().name(),
            session.device().memoryBytes(),
            reason));
  }

  Device device() {
    return session.device();
  }

  /// Where a tensor starts on the device.
  long address(Tensor tensor) {
    return base.address() + offset(tensor);
  }

  long status() {
    return base.address() + layout.status();
  }

  long tickets(boolean aside) {
    return base.address() + layout.tickets(aside);
  }

  long partials() {
    return base.address() + layout.partials();
  }

  long workspace(boolean aside) {
    return base.address() + layout.workspace(aside);
  }

  /// Where the workspace of the first stream starts, as the driver takes it.
  CUdeviceptr workspaceStart() {
    return base.withByteOffset(layout.workspace(false));
  }

  long bytes() {
    return layout.bytes();
  }

  private long offset(Tensor tensor) {
    return layout.offset(tensor.buffer()) + tensor.offset() * tensor.type().bytes();
  }

  /// See [dev.descent.backend.Executable#write].
  void write(Tensor tensor, MemorySegment source) {
    long start = checked(tensor, source);
    String what = "writing " + tensor;
    for (long at = 0; at < source.byteSize(); at += stagingSize) {
      long size = Math.min(stagingSize, source.byteSize() - at);
      MemorySegment.copy(source, at, stagingBytes, 0, size);
      session.check(
          cuMemcpyHtoDAsync(base.withByteOffset(start + at), staging, size, session.stream()),
          what);
      session.synchronize(what);
    }
  }

  /// See [dev.descent.backend.Executable#read].
  void read(Tensor tensor, MemorySegment target) {
    long start = checked(tensor, target);
    String what = "reading " + tensor;
    for (long at = 0; at < target.byteSize(); at += stagingSize) {
      long size = Math.min(stagingSize, target.byteSize() - at);
      session.check(
          cuMemcpyDtoHAsync(staging, base.withByteOffset(start + at), size, session.stream()),
          what);
      session.synchronize(what);
      MemorySegment.copy(stagingBytes, 0, target, at, size);
    }
  }

  /// Waits for all that was enqueued.
  ///
  /// @param what was enqueued
  /// @return what kernels reported, 0 if nothing
  int awaitStatus(String what) {
    session.check(
        cuMemcpyDtoHAsync(
            staging, base.withByteOffset(layout.status()), Integer.BYTES, session.stream()),
        what);
    session.synchronize(what);
    return stagingBytes.get(ValueLayout.JAVA_INT, 0);
  }

  private long checked(Tensor tensor, MemorySegment host) {
    long start = offset(tensor);
    if (host.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s has %,d bytes, not %,d", tensor, tensor.bytes(), host.byteSize()));
    }
    return start;
  }

  /// Whatever the driver answers: a lost context has lost the memory too.
  @Override
  public void close() {
    cuMemFreeHost(staging);
    cuMemFree(base);
  }
}
