package dev.descent.opencl;

import static org.lwjgl.opencl.CL10.CL_DEVICE_ADDRESS_BITS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_AVAILABLE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_COMPILER_AVAILABLE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_ENDIAN_LITTLE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_GLOBAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_LOCAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_COMPUTE_UNITS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_MEM_ALLOC_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_WORK_GROUP_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_NAME;
import static org.lwjgl.opencl.CL10.CL_DEVICE_SINGLE_FP_CONFIG;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_ALL;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_CPU;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_GPU;
import static org.lwjgl.opencl.CL10.CL_DEVICE_VENDOR;
import static org.lwjgl.opencl.CL10.CL_DEVICE_VERSION;
import static org.lwjgl.opencl.CL10.CL_DRIVER_VERSION;
import static org.lwjgl.opencl.CL10.CL_PLATFORM_NAME;
import static org.lwjgl.opencl.CL10.CL_PLATFORM_VERSION;
import static org.lwjgl.opencl.CL10.nclGetDeviceIDs;
import static org.lwjgl.opencl.CL10.nclGetDeviceInfo;
import static org.lwjgl.opencl.CL10.nclGetPlatformIDs;
import static org.lwjgl.opencl.CL10.nclGetPlatformInfo;
import static org.lwjgl.opencl.CL11.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
import static org.lwjgl.opencl.CL12.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;

import dev.descent.internal.device.FoundDevices;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All devices of all platforms, listed once in a JVM: GPUs first, so that the first device
/// is the one that is wanted.
final class Devices {
  private static @Nullable FoundDevices<Device> found;

  private Devices() {}

  /// Looks for devices at the first call.
  static synchronized FoundDevices<Device> get() {
    if (found == null) {
      String missing = Library.get().reason();
      found = missing == null ? search() : none(missing);
    }
    return found;
  }

  private static FoundDevices<Device> none(String reason) {
    return FoundDevices.none(OpenClProvider.NAME, reason);
  }

  private static FoundDevices<Device> search() {
    try (Arena arena = Arena.ofConfined();
        var _ = new SignalHandlers()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int code = nclGetPlatformIDs(0, 0, count.address());
      int platforms = count.get(ValueLayout.JAVA_INT, 0);
      if (code == ErrorCode.PLATFORM_NOT_FOUND || (code == ErrorCode.SUCCESS && platforms == 0)) {
        return none(
            "found the OpenCL loader, but no driver (%s); install the driver of the device or, for the"
                    .formatted(ErrorCode.name(ErrorCode.PLATFORM_NOT_FOUND))
                + " processor, PoCL (Debian, Ubuntu: apt install pocl-opencl-icd)");
      }
      if (code != ErrorCode.SUCCESS) {
        return none("the OpenCL loader lists no platforms: " + ErrorCode.name(code));
      }
      MemorySegment handles = arena.allocate(ValueLayout.JAVA_LONG, platforms);
      nclGetPlatformIDs(platforms, handles.address(), 0);
      List<Device> devices = new ArrayList<>();
      List<String> reasons = new ArrayList<>();
      for (int i = 0; i < platforms; i++) {
        addDevices(handles.getAtIndex(ValueLayout.JAVA_LONG, i), devices, reasons);
      }
      devices.sort(Comparator.comparing(Device::isUsable).reversed().thenComparing(Device::kind));
      return new FoundDevices<>(OpenClProvider.NAME, devices, String.join("; ", reasons));
    }
  }

  private static void addDevices(long platform, List<Device> devices, List<String> reasons) {
    String name = platformText(platform, CL_PLATFORM_NAME);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int code = nclGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, 0, count.address());
      if (code != ErrorCode.SUCCESS) {
        reasons.add("platform " + name + " has no device: " + ErrorCode.name(code));
        return;
      }
      int number = count.get(ValueLayout.JAVA_INT, 0);
      MemorySegment handles = arena.allocate(ValueLayout.JAVA_LONG, number);
      nclGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, number, handles.address(), 0);
      for (int i = 0; i < number; i++) {
        devices.add(device(platform, name, handles.getAtIndex(ValueLayout.JAVA_LONG, i)));
      }
    }
  }

  private static Device device(long platform, String platformName, long handle) {
    long type = number(handle, CL_DEVICE_TYPE);
    String version = text(handle, CL_DEVICE_VERSION);
    return new Device(
        platform,
        handle,
        (type & CL_DEVICE_TYPE_GPU) != 0
            ? Device.Kind.GPU
            : (type & CL_DEVICE_TYPE_CPU) != 0 ? Device.Kind.CPU : Device.Kind.ACCELERATOR,
        text(handle, CL_DEVICE_NAME),
        text(handle, CL_DEVICE_VENDOR),
        platformName,
        platformText(platform, CL_PLATFORM_VERSION),
        text(handle, CL_DRIVER_VERSION),
        version,
        (int) Math.max(1, number(handle, CL_DEVICE_MAX_COMPUTE_UNITS)),
        number(handle, CL_DEVICE_GLOBAL_MEM_SIZE),
        number(handle, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        number(handle, CL_DEVICE_LOCAL_MEM_SIZE),
        Math.max(1, number(handle, CL_DEVICE_MAX_WORK_GROUP_SIZE)),
        Math.clamp(number(handle, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), 1, 16),
        (number(handle, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
        unusable(handle, version));
  }

  private static String unusable(long handle, String version) {
    if (number(handle, CL_DEVICE_AVAILABLE) == 0) {
      return "the driver says that it is not available";
    }
    if (number(handle, CL_DEVICE_COMPILER_AVAILABLE) == 0) {
      return "its driver has no compiler for kernels";
    }
    if (version.startsWith("OpenCL 1.0") || version.startsWith("OpenCL 1.1")) {
      return "it has " + version.strip() + ", and 1.2 is needed";
    }
    if (number(handle, CL_DEVICE_ENDIAN_LITTLE) == 0) {
      return "its numbers begin with the most significant byte";
    }
    if (number(handle, CL_DEVICE_ADDRESS_BITS) > Long.SIZE) {
      return "its addresses have more than 64 bits";
    }
    return "";
  }

  /// A number of 1, 4 or 8 bytes; 0 where the device does not know the question.
  private static long number(long device, int question) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
      int code = nclGetDeviceInfo(device, question, Long.BYTES, value.address(), 0);
      return code == ErrorCode.SUCCESS ? value.get(ValueLayout.JAVA_LONG, 0) : 0;
    }
  }

  private static String text(long device, int question) {
    return text((size, value, needed) -> nclGetDeviceInfo(device, question, size, value, needed));
  }

  private static String platformText(long platform, int question) {
    return text(
        (size, value, needed) -> nclGetPlatformInfo(platform, question, size, value, needed));
  }

  private interface Question {
    int ask(long size, long value, long needed);
  }

  private static String text(Question question) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      if (question.ask(0, 0, size.address()) != ErrorCode.SUCCESS) {
        return "unknown";
      }
      long bytes = size.get(ValueLayout.JAVA_LONG, 0);
      MemorySegment text = arena.allocate(bytes + 1);
      question.ask(bytes, text.address(), 0);
      return text.getString(0, StandardCharsets.UTF_8).strip();
    }
  }
}
