// The result codes of the driver API that are used here, with their names and meanings.
#pragma once

namespace cudasim::driver {

#define CUDASIM_RESULTS(X)                                                                        \
  X(0, SUCCESS, "no error")                                                                       \
  X(1, ERROR_INVALID_VALUE, "invalid argument")                                                   \
  X(2, ERROR_OUT_OF_MEMORY, "out of memory")                                                      \
  X(3, ERROR_NOT_INITIALIZED, "initialization error")                                             \
  X(100, ERROR_NO_DEVICE, "no CUDA-capable device is detected")                                   \
  X(101, ERROR_INVALID_DEVICE, "invalid device ordinal")                                          \
  X(200, ERROR_INVALID_IMAGE, "device kernel image is invalid")                                   \
  X(201, ERROR_INVALID_CONTEXT, "invalid device context")                                         \
  X(209, ERROR_NO_BINARY_FOR_GPU, "no kernel image is available for execution on the device")     \
  X(218, ERROR_INVALID_PTX, "a PTX JIT compilation failed")                                       \
  X(222, ERROR_UNSUPPORTED_PTX_VERSION, "the provided PTX was compiled with an unsupported toolchain") \
  X(301, ERROR_FILE_NOT_FOUND, "file not found")                                                  \
  X(400, ERROR_INVALID_HANDLE, "invalid resource handle")                                         \
  X(500, ERROR_NOT_FOUND, "named symbol not found")                                               \
  X(600, ERROR_NOT_READY, "device not ready")                                                     \
  X(700, ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered")                       \
  X(701, ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch")                \
  X(719, ERROR_LAUNCH_FAILED, "unspecified launch failure")                                       \
  X(720, ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, "too many blocks in cooperative launch")             \
  X(801, ERROR_NOT_SUPPORTED, "operation not supported")                                          \
  X(900, ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing")    \
  X(901, ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during capture")

enum Result : int {
#define X(value, name, text) name = value,
  CUDASIM_RESULTS(X)
#undef X
};

// "CUDA_" and the name above; null if it is none of them.
const char* result_name(int result);
const char* result_text(int result);

// Logs a call that fails, if CUDASIM_LOG is set, and returns its result.
Result failed(Result result, const char* function, const char* why = "");

}  // namespace cudasim::driver
