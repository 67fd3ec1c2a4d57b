package dev.descent.opencl;

import dev.descent.internal.UserCache;
import dev.descent.internal.device.NativeFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lwjgl.opencl.CL;

/// Finds and loads the OpenCL loader, once in a JVM. LWJGL is not touched before a library is
/// found: it would fail with a linkage error, and say so on the terminal.
final class Library {
  /// Packages that bring the loader alone have no name without a version.
  private static final List<String> LINUX = List.of("libOpenCL.so.1", "libOpenCL.so");

  /// LWJGL's own property: whoever sets it means that library and no other.
  private static final String CHOSEN = "org.lwjgl.opencl.libname";

  /// LWJGL's own library, as it lies in the jar for Linux on x86-64.
  private static final String LWJGL = "liblwjgl.so";

  private static final String LWJGL_FOLDER = "linux/x64/org/lwjgl/";

  /// LWJGL's own property: where it unpacks its library.
  private static final String EXTRACT_PATH = "org.lwjgl.system.SharedLibraryExtractPath";

  private static @Nullable Library loaded;

  private final @Nullable String reason;

  private Library(@Nullable String reason) {
    this.reason = reason;
  }

  /// Loads the library at the first call.
  static synchronized Library get() {
    if (loaded == null) {
      loaded = new Library(load(names()));
    }
    return loaded;
  }

  /// Why OpenCL can't be used, or null if it can.
  @Nullable String reason() {
    return reason;
  }

  private static List<String> names() {
    String chosen = System.getProperty(CHOSEN);
    if (chosen != null) {
      return List.of(chosen);
    }
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (system.startsWith("windows")) {
      return List.of("OpenCL.dll");
    }
    return system.startsWith("mac")
        ? List.of("/System/Library/Frameworks/OpenCL.framework/OpenCL")
        : LINUX;
  }

  /// Loads the first library that is there.
  ///
  /// @return what is missing, or null
  static @Nullable String load(List<String> names) {
    for (String name : names) {
      if (exists(name)) {
        return create(name);
      }
    }
    return "no OpenCL loader: looked for %s, found none; install the driver of the device or, for the"
            .formatted(String.join(" and ", names))
        + " processor, PoCL (Debian, Ubuntu: apt install pocl-opencl-icd ocl-icd-libopencl1)";
  }

  @SuppressWarnings("restricted")
  private static boolean exists(String name) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(name, arena);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static @Nullable String create(String name) {
    setUnlessSet("org.lwjgl.opencl.explicitInit", "true");
    // The other memory backend makes recent JVMs warn.
    setUnlessSet("org.lwjgl.system.memoryBackend", "ffm");
    try (InputStream in = CL.class.getClassLoader().getResourceAsStream(LWJGL_FOLDER + LWJGL)) {
      if (in == null || System.getProperty(EXTRACT_PATH) != null) {
        CL.create(name);
      } else {
        NativeFile.load(
            UserCache.folder(),
            OpenClProvider.NAME,
            LWJGL,
            in.readAllBytes(),
            file -> create(name, file));
      }
      return null;
    } catch (IOException e) {
      return "LWJGL's library %s can't be loaded: %s".formatted(LWJGL, e.getMessage());
    } catch (LinkageError | RuntimeException e) {
      return "found %s, but LWJGL can't use it: %s".formatted(name, firstLine(e));
    }
  }

  /// LWJGL by itself would unpack its library into folders that others can write to, and into the
  /// current one in the end. It tries once in a JVM, so what can't be loaded from this file is
  /// found out before.
  ///
  /// @param file the library, unpacked
  /// @throws UnsatisfiedLinkError if the system can't load it from there
  private static String create(String name, Path file) {
    if (!exists(file.toString())) {
      throw new UnsatisfiedLinkError("the system can't load " + file);
    }
    System.setProperty(EXTRACT_PATH, String.valueOf(file.getParent()));
    CL.create(name);
    return name;
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static String firstLine(Throwable e) {
    return e.toString().lines().findFirst().orElse("unknown");
  }
}
