package dev.descent.internal.cpu.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What is known of the machine's processor.
public final class Processor {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /// A multiple of so many floats between rows leaves them 16 of 64 sets at most.
  private static final int CROWDED_FLOATS = 256;

  /// With fewer rows packing takes longer than it saves.
  private static final int CROWDED_ROWS = 24;

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

  /// Whether this is one by Intel.
  public static boolean isIntel() {
    return Vendor.INTEL;
  }

  /// Whether lines so far apart fall on so few sets of an Intel processor's first-level cache that
  /// packing them is faster: a panel of 512 or 1024 floats a row finds 8 or 4 of 64 sets. In 128 x
  /// 784 x 512 that cost a third to a half of the speed there; processors by AMD lose less than
  /// packing takes.
  ///
  /// @param intel whether the processor is
  /// @param m rows of a, among which packing is shared
  /// @param stride the distance of an operand's elements (k, j) and (k + 1, j)
  public static boolean crowdsSets(boolean intel, int m, int stride) {
    return intel && m >= CROWDED_ROWS && stride % CROWDED_FLOATS == 0;
  }

  /// Read once, when it is first asked for.
  private static final class Vendor {
    static final boolean INTEL = isIntel();

    private Vendor() {}

    private static boolean isIntel() {
      try (Stream<String> lines = Files.lines(CPU_INFO)) {
        return lines
            .filter(line -> line.startsWith("vendor_id"))
            .findFirst()
            .filter(line -> line.endsWith("GenuineIntel"))
            .isPresent();
      } catch (IOException | RuntimeException e) {
        return false;
      }
    }
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
