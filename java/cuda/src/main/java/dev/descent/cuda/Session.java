package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxSetFlags;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.internal.device.Lifetime;
import java.util.Set;
import jcuda.driver.CUcontext;
import jcuda.driver.CUctx_flags;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream_flags;

/// An opened GPU: the device's primary context, which libraries and other sessions of this process
/// share, and one stream, which runs everything in order; a second one is for what a recorded step
/// does beside it. One thread at a time uses it, within its [Lifetime], and calls [#enter] first,
/// since a context is bound to a thread.
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
  private final CUdevice handle = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final StreamPointer stream = new StreamPointer();
  private final StreamPointer side = new StreamPointer();
  private final CUevent forked = new CUevent();
  private final CUevent joined = new CUevent();
  private final Lifetime life;

  /// @param life is lost with the context
  /// @throws BackendUnavailableException if the driver refuses
  Session(Device device, Lifetime life) {
    this.device = device;
    this.life = life;
    cuDeviceGet(handle, device.number());
    // A thread that waits leaves the processor to others. Where somebody has the context already,
    // as it was made.
    cuDevicePrimaryCtxSetFlags(handle, CUctx_flags.CU_CTX_SCHED_BLOCKING_SYNC);
    requireOpened("context", cuDevicePrimaryCtxRetain(context, handle));
    int code = cuCtxSetCurrent(context);
    if (code == CUresult.CUDA_SUCCESS) {
      code = cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
    }
    if (code == CUresult.CUDA_SUCCESS) {
      code = cuStreamCreate(side, CUstream_flags.CU_STREAM_NON_BLOCKING);
    }
    for (CUevent event : new CUevent[] {forked, joined}) {
      if (code == CUresult.CUDA_SUCCESS) {
        code = cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
      }
    }
    if (code != CUresult.CUDA_SUCCESS) {
      cuDevicePrimaryCtxRelease(handle);
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

  /// A second stream, for what runs beside the first one between [#fork] and [#join], within a
  /// recording.
  StreamPointer side() {
    return side;
  }

  /// Lets what comes next in the second stream wait for all that is in the first one.
  void fork() {
    wait(side, forked, stream);
  }

  /// Lets what comes next in the first stream wait for all that is in the second one.
  void join() {
    wait(stream, joined, side);
  }

  private void wait(StreamPointer waiting, CUevent event, StreamPointer before) {
    check(cuEventRecord(event, before), "recording an event");
    check(cuStreamWaitEvent(waiting, event, 0), "waiting for an event");
  }

  /// Binds the context to this thread.
  void enter() {
    check(cuCtxSetCurrent(context), "entering the context");
  }

  /// Waits for whatever runs, and leaves the context bound to this thread so that things of it can
  /// be freed. Throws nothing: what failed has been said.
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

  /// The exception for a call that failed. If the context is lost by it, this session can only be
  /// closed from now on.
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
    cuEventDestroy(forked);
    cuEventDestroy(joined);
    cuStreamDestroy(side);
    cuStreamDestroy(stream);
    // The last one that leaves destroys it, also where it is lost.
    cuDevicePrimaryCtxRelease(handle);
  }
}
