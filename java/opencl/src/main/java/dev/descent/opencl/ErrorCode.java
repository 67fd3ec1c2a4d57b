package dev.descent.opencl;

import java.util.HashMap;
import java.util.Map;

/// The names of OpenCL's error codes, as its specification has them.
final class ErrorCode {
  static final int SUCCESS = 0;
  static final int DEVICE_NOT_FOUND = -1;
  static final int PLATFORM_NOT_FOUND = -1001;

  /// By their negated value; those from -30 on follow the run-time ones with a gap.
  private static final Map<Integer, String> NAMES = new HashMap<>();

  static {
    name(
        -1,
        "DEVICE_NOT_FOUND",
        "DEVICE_NOT_AVAILABLE",
        "COMPILER_NOT_AVAILABLE",
        "MEM_OBJECT_ALLOCATION_FAILURE",
        "OUT_OF_RESOURCES",
        "OUT_OF_HOST_MEMORY",
        "PROFILING_INFO_NOT_AVAILABLE",
        "MEM_COPY_OVERLAP",
        "IMAGE_FORMAT_MISMATCH",
        "IMAGE_FORMAT_NOT_SUPPORTED",
        "BUILD_PROGRAM_FAILURE",
        "MAP_FAILURE",
        "MISALIGNED_SUB_BUFFER_OFFSET",
        "EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
        "COMPILE_PROGRAM_FAILURE",
        "LINKER_NOT_AVAILABLE",
        "LINK_PROGRAM_FAILURE",
        "DEVICE_PARTITION_FAILED",
        "KERNEL_ARG_INFO_NOT_AVAILABLE");
    name(
        -30,
        "INVALID_VALUE",
        "INVALID_DEVICE_TYPE",
        "INVALID_PLATFORM",
        "INVALID_DEVICE",
        "INVALID_CONTEXT",
        "INVALID_QUEUE_PROPERTIES",
        "INVALID_COMMAND_QUEUE",
        "INVALID_HOST_PTR",
        "INVALID_MEM_OBJECT",
        "INVALID_IMAGE_FORMAT_DESCRIPTOR",
        "INVALID_IMAGE_SIZE",
        "INVALID_SAMPLER",
        "INVALID_BINARY",
        "INVALID_BUILD_OPTIONS",
        "INVALID_PROGRAM",
        "INVALID_PROGRAM_EXECUTABLE",
        "INVALID_KERNEL_NAME",
        "INVALID_KERNEL_DEFINITION",
        "INVALID_KERNEL",
        "INVALID_ARG_INDEX",
        "INVALID_ARG_VALUE",
        "INVALID_ARG_SIZE",
        "INVALID_KERNEL_ARGS",
        "INVALID_WORK_DIMENSION",
        "INVALID_WORK_GROUP_SIZE",
        "INVALID_WORK_ITEM_SIZE",
        "INVALID_GLOBAL_OFFSET",
        "INVALID_EVENT_WAIT_LIST",
        "INVALID_EVENT",
        "INVALID_OPERATION",
        "INVALID_GL_OBJECT",
        "INVALID_BUFFER_SIZE",
        "INVALID_MIP_LEVEL",
        "INVALID_GLOBAL_WORK_SIZE",
        "INVALID_PROPERTY",
        "INVALID_IMAGE_DESCRIPTOR",
        "INVALID_COMPILER_OPTIONS",
        "INVALID_LINKER_OPTIONS",
        "INVALID_DEVICE_PARTITION_COUNT");
    name(PLATFORM_NOT_FOUND, "PLATFORM_NOT_FOUND_KHR");
  }

  private ErrorCode() {}

  private static void name(int first, String... names) {
    for (int i = 0; i < names.length; i++) {
      NAMES.put(first - i, "CL_" + names[i]);
    }
  }

  /// `CL_OUT_OF_RESOURCES`, or the number of a code that the specification does not have.
  static String name(int code) {
    return NAMES.getOrDefault(code, "OpenCL error " + code);
  }
}
