package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.contract.OtherJvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
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
  @ValueSource(ints = {1, 2, 3, 10, 15, 24, 31})
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

  /// Lists the devices, and divides by zero.
  static final class Listing {
    private Listing() {}

    public static void main(String[] args) {
      Library.get();
      List<Long> before = handlers();
      Devices.get();
      List<Long> after = handlers();
      for (int i = 0; i < before.size(); i++) {
        if (!before.get(i).equals(after.get(i))) {
          System.out.println("signal " + (i + 1) + " has another handler");
        }
      }
      try {
        System.out.println("7 / 0 is " + 7 / args.length);
      } catch (ArithmeticException e) {
        System.out.println(e.getMessage());
      }
    }

    private static List<Long> handlers() {
      long sigaction = Linker.nativeLinker().defaultLookup().findOrThrow("sigaction").address();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment action = arena.allocate(512, Long.BYTES);
        return IntStream.range(1, 32)
            .mapToObj(signal -> {
              JNI.invokePPI(signal, 0L, action.address(), sigaction);
              return action.get(ValueLayout.JAVA_LONG, 0);
            })
            .toList();
      }
    }
  }

  /// PoCL's handler of SIGFPE left out divisions by zero, in Java too; LLVM's of SIGSEGV deleted the
  /// files of a compilation when another thread came to a safepoint.
  @Test
  void driversKeepNoSignalOfTheJvm() throws Exception {
    List<String> said = OtherJvm.run(Listing.class, Map.of()).lines().toList();
    assertEquals(
        List.of("/ by zero"), said.stream().filter(line -> !line.startsWith("WARNING")).toList());
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
