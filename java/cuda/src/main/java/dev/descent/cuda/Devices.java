package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;

import dev.descent.internal.device.FoundDevices;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import org.jspecify.annotations.Nullable;

/// All GPUs, listed once in a JVM, in the driver's order.
final class Devices {
  /// Allows the devices of the simulator that stands in for the driver in tests.
  static final String SIMULATOR_VARIABLE = "DESCENT_CUDA_SIMULATOR";

  /// What the simulator calls its device.
  private static final String SIMULATOR = "cudasim";

  private static @Nullable FoundDevices<Device> found;

  private Devices() {}

  /// Looks for devices at the first call.
  static synchronized FoundDevices<Device> get() {
    if (found == null) {
      // The driver first: without one, kernels are not built either, and would be no use.
      String missing = Driver.get().reason();
      if (missing.isEmpty()) {
        missing = KernelImages.missing();
      }
      found = missing.isEmpty() ? search() : FoundDevices.none(CudaProvider.NAME, missing);
    }
    return found;
  }

  private static FoundDevices<Device> search() {
    int[] count = new int[1];
    int code = cuDeviceGetCount(count);
    if (code != CUresult.CUDA_SUCCESS || count[0] == 0) {
      return FoundDevices.none(
          CudaProvider.NAME, "the NVIDIA driver lists no GPU: " + CUresult.stringFor(code));
    }
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      devices.add(device(i));
    }
    return new FoundDevices<>(CudaProvider.NAME, devices, "");
  }

  private static Device device(int number) {
    var handle = new CUdevice();
    cuDeviceGet(handle, number);
    int capability =
        10 * attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    String name = name(handle);
    long[] memory = new long[1];
    cuDeviceTotalMem(memory, handle);
    return new Device(
        number,
        name,
        capability,
        Math.max(1, attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)),
        memory[0],
        attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
        Driver.get().version(),
        unusable(name, capability, "1".equals(System.getenv(SIMULATOR_VARIABLE))));
  }

  /// What a device lacks, or an empty text.
  static String unusable(String name, int capability, boolean simulatorAllowed) {
    if (isSimulator(name) && !simulatorAllowed) {
      return "a simulator for tests, which only %s=1 allows".formatted(SIMULATOR_VARIABLE);
    }
    if (capability < Device.LEAST_CAPABILITY) {
      return String.format(
          Locale.ROOT,
          "its compute capability is %d.%d, and %d.%d is needed",
          capability / 10,
          capability % 10,
          Device.LEAST_CAPABILITY / 10,
          Device.LEAST_CAPABILITY % 10);
    }
    return "";
  }

  static boolean isSimulator(String name) {
    return name.contains(SIMULATOR);
  }

  private static String name(CUdevice device) {
    byte[] name = new byte[256];
    cuDeviceGetName(name, name.length, device);
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /// 0 where the driver does not know the question.
  private static int attribute(CUdevice device, int question) {
    int[] value = new int[1];
    return cuDeviceGetAttribute(value, question, device) == CUresult.CUDA_SUCCESS ? value[0] : 0;
  }
}
