package dev.descent.nativecpu;

import dev.descent.internal.UserCache;
import dev.descent.internal.device.NativeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Finds, unpacks and loads the library, once in a JVM.
///
/// @param library null where it can't be used
/// @param reason why not, and what to do; empty if it can
record Natives(@Nullable NativeLibrary library, String reason) {
  private static final String FOLDER = "META-INF/native/linux-x86_64/";
  private static final String FILE = "libdescent_cpu.so";

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
              UserCache.folder());
    }
    return found;
  }

  static Natives find(String system, String processor, @Nullable Path cache) {
    if (!system.equals("Linux") || !processor.equals("amd64")) {
      return missing("needs Linux on amd64, and this is %s on %s".formatted(system, processor));
    }
    byte[] content = resource(FOLDER + FILE);
    if (content == null) {
      byte[] why = resource(MISSING);
      return missing(
          why == null
              ? "no library on the class path; add descent-native with the classifier " + CLASSIFIER
              : new String(why, StandardCharsets.UTF_8).strip());
    }
    return load(content, cache);
  }

  /// @param cache the user's cache, or null where there is none
  static Natives load(byte[] content, @Nullable Path cache) {
    try {
      return usable(
          NativeFile.load(cache, NativeProvider.NAME, FILE, content, NativeLibrary::load));
    } catch (IllegalCallerException _) {
      return missing(
          "start java with --enable-native-access=ALL-UNNAMED (or =dev.descent.nativecpu)");
    } catch (IOException e) {
      return missing("the library can't be loaded: " + e.getMessage());
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
