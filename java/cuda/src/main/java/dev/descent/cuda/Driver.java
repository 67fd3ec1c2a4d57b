package dev.descent.cuda;

import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import jcuda.driver.CUresult;
import org.jspecify.annotations.Nullable;

/// Finds and starts NVIDIA's driver, once in a JVM. JCuda is not touched before the driver's
/// library is found: its classes would fail with linkage errors.
final class Driver {
  /// What every driver brings; the name without a number belongs to the toolkit.
  static final String LIBRARY = "libcuda.so.1";

  /// CUDA 12.0, whose names for graphs and contexts JCuda calls.
  static final int LEAST_VERSION = 12_000;

  private static @Nullable Driver started;

  private final String reason;
  private final int version;

  private Driver(String reason, int version) {
    this.reason = reason;
    this.version = version;
  }

  /// Starts the driver at the first call.
  static synchronized Driver get() {
    if (started == null) {
      String reason = find(LIBRARY);
      started = reason.isEmpty() ? start() : new Driver(reason, 0);
    }
    return started;
  }

  /// Why CUDA can't be used; an empty text if it can.
  String reason() {
    return reason;
  }

  /// `13.0`: the newest CUDA that the driver knows.
  String version() {
    return version(version);
  }

  /// The same without what is behind the point.
  int major() {
    return version / 1000;
  }

  private static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }

  /// Looks for the driver's library and JCuda's.
  ///
  /// @return what is missing, or an empty text
  static String find(String library) {
    String system = System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
    if (!system.toLowerCase(Locale.ROOT).equals("linux amd64")) {
      return "CUDA runs on Linux on x86-64 here, and this is " + system;
    }
    if (!exists(library)) {
      return "no NVIDIA driver: looked for "
          + library
          + ", found none; install the driver of the GPU";
    }
    return Natives.load();
  }

  /// Whether the system can load a library.
  @SuppressWarnings("restricted")
  static boolean exists(String name) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(name, arena);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static Driver start() {
    int code = cuInit(0);
    int[] version = new int[1];
    cuDriverGetVersion(version);
    return new Driver(judge(code, version[0]), version[0]);
  }

  /// What stands in the way, or an empty text.
  static String judge(int code, int version) {
    if (code == CUresult.CUDA_ERROR_NO_DEVICE) {
      return "found the NVIDIA driver, but no GPU (%s)".formatted(CUresult.stringFor(code));
    }
    if (code != CUresult.CUDA_SUCCESS) {
      return "the NVIDIA driver does not start: %s; see whether nvidia-smi works"
          .formatted(CUresult.stringFor(code));
    }
    if (version < LEAST_VERSION) {
      return "the NVIDIA driver knows CUDA %s, and %s is needed: install a newer driver (525 or later)"
          .formatted(version(version), version(LEAST_VERSION));
    }
    return "";
  }
}
