package dev.descent.internal.cpu.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What is known of the machine's processor.
public final class Processor {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final int PROBES = 2000;
  private static final long PROBE_NANOS = 2_000_000;

  private Processor() {}

  /// The maker's name of the processor where the system tells it, else its architecture.
  public static String model() {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .filter(name -> !name.isEmpty())
          .findFirst()
          .orElseGet(Processor::architecture);
    } catch (IOException | RuntimeException e) {
      return architecture();
    }
  }

  private static String architecture() {
    return System.getProperty("os.arch", "unknown processor");
  }

  /// Whether the processor multiplies and adds in one instruction: measured, because Java does not
  /// tell. In hardware, even interpreted, the probe takes a tenth of the limit; in software a
  /// multiple of it. The best of several, for a machine that is busy.
  public static boolean hasFusedMultiplyAdd() {
    for (int attempt = 0; attempt < 5; attempt++) {
      long start = System.nanoTime();
      float x = 1;
      for (int i = 0; i < PROBES; i++) {
        x = Math.fma(x, 0.999f, 0.001f);
      }
      if (System.nanoTime() - start < PROBE_NANOS && x > 0) {
        return true;
      }
    }
    return false;
  }
}
