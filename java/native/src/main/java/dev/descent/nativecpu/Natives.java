package dev.descent.nativecpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds, unpacks and loads the library, once in a JVM.
///
/// @param library null where it can't be used
/// @param reason why not, and what to do; empty if it can
record Natives(@Nullable NativeLibrary library, String reason) {
  private static final String FOLDER = "META-INF/native/linux-x86_64/";
  private static final String LIBRARY = FOLDER + "libdescent_cpu.so";

  /// What a build without compilers leaves in the library's place: a line that says what it lacked.
  private static final String MISSING = FOLDER + "missing.txt";

  private static final String CLASSIFIER = "linux-x86_64";

  private static @Nullable Natives found;

  /// Looks at the first call.
  static synchronized Natives get() {
    if (found == null) {
      found =
          find(
              System.getProperty("os.name", ""),
              System.getProperty("os.arch", ""),
              Unpacker.ofUser());
    }
    return found;
  }

  static Natives find(String system, String processor, Unpacker unpacker) {
    if (!system.equals("Linux") || !processor.equals("amd64")) {
      return missing("needs Linux on amd64, and this is %s on %s".formatted(system, processor));
    }
    byte[] content = resource(LIBRARY);
    if (content == null) {
      byte[] why = resource(MISSING);
      return missing(
          why == null
              ? "no library on the class path; add descent-native with the classifier " + CLASSIFIER
              : new String(why, StandardCharsets.UTF_8).strip());
    }
    return load(content, unpacker);
  }

  /// Loads the library from the cache or, where that can't be written to or loaded from, from a
  /// temporary folder.
  static Natives load(byte[] content, Unpacker unpacker) {
    try {
      return usable(NativeLibrary.load(unpacker.unpack(content)));
    } catch (IllegalCallerException _) {
      return missing(
          "start java with --enable-native-access=ALL-UNNAMED (or =dev.descent.nativecpu)");
    } catch (IOException | UnsatisfiedLinkError cache) {
      try {
        return usable(loadTemporary(content));
      } catch (IOException | UnsatisfiedLinkError e) {
        return missing(
            "the library can't be loaded: %s; nor from the cache: %s"
                .formatted(why(e), why(cache)));
      }
    }
  }

  /// The file is not needed once it is loaded.
  private static NativeLibrary loadTemporary(byte[] content) throws IOException {
    Path folder = Files.createTempDirectory("descent-native-");
    Path file = folder.resolve("libdescent_cpu.so");
    try {
      Files.write(file, content);
      return NativeLibrary.load(file);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private static Natives usable(NativeLibrary library) {
    return InstructionSet.best(library.features()).isEmpty()
        ? missing("the processor or the system lacks AVX2 with FMA")
        : new Natives(library, "");
  }

  private static Natives missing(String reason) {
    return new Natives(null, reason);
  }

  private static String why(Throwable e) {
    String message = e.getMessage();
    String kind = e instanceof IOException ? e.getClass().getSimpleName() + ": " : "";
    return kind + (message == null ? "no reason given" : message.lines().findFirst().orElse(""));
  }

  /// Not by the class: within a named module it would see that module's own jar only.
  private static byte @Nullable [] resource(String name) {
    ClassLoader loader = Natives.class.getClassLoader();
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(name)
            : loader.getResourceAsStream(name)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException _) {
      return null;
    }
  }
}
