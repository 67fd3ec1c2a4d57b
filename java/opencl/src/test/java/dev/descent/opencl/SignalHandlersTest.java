package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lwjgl.system.JNI;

/// What the kernel says of this process's signals is the truth.
@EnabledOnOs(OS.LINUX)
class SignalHandlersTest {
  private static final long DEFAULT = 0;
  private static final long IGNORE = 1;
  private static final long SIGNAL =
      Linker.nativeLinker().defaultLookup().findOrThrow("signal").address();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 15})
  void anIgnoredSignalStaysIgnored(int signal) throws IOException {
    try (var _ = new SignalHandlers()) {
      long before = mask("SigIgn");
      set(signal, IGNORE);
      try (var _ = new SignalHandlers()) {
        set(signal, DEFAULT);
        assertEquals(0, mask("SigIgn") >> (signal - 1) & 1);
      }
      assertEquals(before | 1L << (signal - 1), mask("SigIgn"));
    }
  }

  @Test
  void handlersAreRestored() throws IOException {
    long before = mask("SigCgt");
    try (var _ = new SignalHandlers()) {
      for (int signal : new int[] {1, 2, 3, 15}) {
        set(signal, IGNORE);
      }
      assertEquals(before & ~(1L | 1 << 1 | 1 << 2 | 1 << 14), mask("SigCgt"));
    }
    assertEquals(before, mask("SigCgt"));
  }

  private static void set(int signal, long handler) {
    JNI.invokePP(signal, handler, SIGNAL);
  }

  private static long mask(String name) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(name.length() + 1).strip(), 16))
        .findAny()
        .orElseThrow();
  }
}
