package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.internal.CacheFolder;
import java.nio.file.Path;

/// The device that tests run on: the first one. Without any, tests are skipped with the reason; on
/// a machine that promises all components (`CI=true`), opening it fails instead.
final class TestDevice {
  private TestDevice() {}

  static Device get() {
    boolean present = Devices.get().list().stream().anyMatch(Device::isUsable);
    if (!present && "true".equals(System.getenv("CI"))) {
      fail("no OpenCL device: " + Devices.get().reason());
    }
    assumeTrue(present, () -> "no OpenCL device: " + Devices.get().reason());
    return Devices.get().list().getFirst();
  }

  /// The backend as a user gets it.
  static Backend open(BackendOptions options) {
    get();
    return new OpenClProvider().open(options);
  }

  static OpenClBackend open(Tuning tuning) {
    return new OpenClBackend(get(), tuning, BinaryCache.of(get()));
  }

  static OpenClBackend open(Path cache) {
    return new OpenClBackend(get(), Tuning.of(get()), new BinaryCache(new CacheFolder(cache)));
  }
}
