package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.internal.device.Lifetime;
import java.util.Set;
import jcuda.driver.CUcontext;
import jcuda.driver.CUctx_flags;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream_flags;

/// An opened GPU: a context of its own and one stream, which runs everything in order. One thread at a
/// time uses it, within its [Lifetime], and calls [#enter] first, since a context is bound to a thread.
final class Session implements AutoCloseable {
  /// After these the context is lost: every later call fails with the same code.
  private static final Set<Integer> STICKY =
      Set.of(
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_UNKNOWN);

  private final Device device;
  private final CUcontext context = new CUcontext();
  private final StreamPointer stream = new StreamPointer();
  private final Lifetime life;

  /// @param life is lost with the context
  /// @throws BackendUnavailableException if the driver refuses
  Session(Device device, Lifetime life) {
    this.device = device;
    this.life = life;
    var handle = new CUdevice();
    cuDeviceGet(handle, device.number());
    // A thread that waits leaves the processor to others.
    requireOpened("context", cuCtxCreate(context, CUctx_flags.CU_CTX_SCHED_BLOCKING_SYNC, handle));
    int code = cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
    if (code != CUresult.CUDA_SUCCESS) {
      cuCtxDestroy(context);
    }
    requireOpened("stream", code);
  }

  private void requireOpened(String what, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new BackendUnavailableException(
          "cuda: %s refuses a %s: %s".formatted(device.name(), what, CUresult.stringFor(code)));
    }
  }

  Device device() {
    return device;
  }

  StreamPointer stream() {
    return stream;
  }

  /// Binds the context to this thread.
  void enter() {
    check(cuCtxSetCurrent(context), "entering the context");
  }

  /// Waits for whatever runs, and leaves the context bound to this thread so that things of it can be
  /// freed. Throws nothing: what failed has been said.
  void release() {
    cuCtxSetCurrent(context);
    cuStreamSynchronize(stream);
  }

  /// Waits for all that was enqueued.
  ///
  /// @param what was enqueued
  void synchronize(String what) {
    check(cuStreamSynchronize(stream), what);
  }

  /// Throws where a call failed.
  ///
  /// @param what the operation with its shapes
  void check(int code, String what) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw failure(code, what);
    }
  }

  /// The exception for a call that failed. If the context is lost by it, this session can only be closed
  /// from now on.
  DeviceException failure(int code, String what) {
    String message =
        "cuda: %s failed on %s: %s".formatted(what, device.name(), CUresult.stringFor(code));
    if (STICKY.contains(code)) {
      life.lose(message);
    }
    return new DeviceException(message);
  }

  @Override
  public void close() {
    cuCtxSetCurrent(context);
    cuStreamDestroy(stream);
    // Frees what is left, modules too, also where it is lost.
    cuCtxDestroy(context);
  }
}
