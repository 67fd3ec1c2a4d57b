package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Stream;

/// The library of this build. Where the machine has none, tests say why and are left out.
final class TestNatives {
  private TestNatives() {}

  static NativeLibrary library() {
    NativeLibrary library = Natives.get().library();
    assumeTrue(library != null, "native: " + Natives.get().reason());
    return library;
  }

  static List<InstructionSet> instructionSets() {
    int features = library().features();
    return Stream.of(InstructionSet.values()).filter(set -> set.isIn(features)).toList();
  }

  static Backend open(BackendOptions options) {
    library();
    return new NativeProvider().open(options);
  }

  /// In a precision by the processor's tiles where it has them, and by their twin in plain C++.
  static Backend openTiles(BackendOptions options, Precision precision, boolean twin) {
    assumeTrue(twin || library().hasAmx(), "native: the processor or the system lacks AMX");
    library();
    return new NativeProvider(twin ? "twin" : "")
        .open(new BackendOptions(options.device(), options.threads(), precision));
  }

  static Backend openBf16(BackendOptions options) {
    assumeTrue(
        library().hasBf16(), "native in bf16: " + new NativeProvider().whyNot(Precision.BF16));
    return new NativeProvider()
        .open(new BackendOptions(options.device(), options.threads(), Precision.BF16));
  }

  /// The library's file.
  static byte[] content() throws IOException {
    library();
    try (InputStream in =
        TestNatives.class.getResourceAsStream("/META-INF/native/linux-x86_64/libdescent_cpu.so")) {
      assertNotNull(in);
      return in.readAllBytes();
    }
  }
}
