package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;

/// The device that tests run on: the first one, which is the simulator's where its stand-in for the
/// driver is found first. Without any, tests are skipped with the reason; on a machine that
/// promises all components (`CI=true`) they fail instead.
final class TestDevice {
  private TestDevice() {}

  static Device get() {
    boolean present = Devices.get().list().stream().anyMatch(Device::isUsable);
    if (!present && "true".equals(System.getenv("CI"))) {
      fail("no CUDA device: " + reason());
    }
    assumeTrue(present, () -> "no CUDA device: " + reason());
    return Devices.get().list().getFirst();
  }

  private static String reason() {
    return Devices.get().list().isEmpty()
        ? Devices.get().reason()
        : Devices.get().list().getFirst().describe();
  }

  /// The backend as a user gets it.
  static Backend open(BackendOptions options) {
    get();
    return new CudaProvider().open(options);
  }

  static Backend open(Tuning tuning) {
    return new CudaBackend(get(), tuning, null);
  }

  /// Skips a test of a precision that the device has not.
  static void requirePrecision(Precision precision) {
    assumeTrue(
        precision == Precision.FP32 || get().capability() >= Device.TENSOR_CORES_CAPABILITY,
        () -> get().describe() + " has no " + precision);
  }
}
