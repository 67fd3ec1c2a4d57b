package dev.descent.cuda;

import dev.descent.internal.UserCache;
import dev.descent.internal.device.NativeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/// Unpacks a native library of JCuda's and loads it. JCuda itself would put it under a fixed name
/// into the folder for everybody's temporary files and load whatever lies there; so it gets a folder
/// of its own, where only this user may write, with the very bytes of the jar.
final class Natives {
  /// The name that JCuda looks for, of the library that calls the driver.
  static final String LIBRARY = "libJCudaDriver-12.6.0-linux-x86_64.so";

  private static final String TEMPORARY = "java.io.tmpdir";

  private Natives() {}

  /// Loads the library that calls the driver.
  ///
  /// @return what stands in the way, or an empty text
  static String load() {
    return load(LIBRARY, () -> JCudaDriver.setExceptionsEnabled(false));
  }

  /// Loads a library through JCuda. To be called once.
  ///
  /// @param first the first use of the class that loads it
  /// @return what stands in the way, or an empty text
  static String load(String library, Runnable first) {
    try {
      return NativeFile.load(
          UserCache.folder(), CudaProvider.NAME, library, read(library), file -> load(file, first));
    } catch (IOException e) {
      return "can't load JCuda's library %s: %s".formatted(library, e.getMessage());
    }
  }

  /// JCuda tries once in a JVM, so what can't be loaded from this file is found out before.
  ///
  /// @throws UnsatisfiedLinkError if the system can't load it from there
  private static String load(Path file, Runnable first) {
    if (!Driver.exists(file.toString())) {
      throw new UnsatisfiedLinkError("the system can't load " + file);
    }
    // What JCuda takes for the folder of temporary files when its class is initialised.
    String temporary = System.getProperty(TEMPORARY);
    System.setProperty(TEMPORARY, String.valueOf(file.getParent()));
    try {
      first.run();
      return "";
    } catch (LinkageError e) {
      return "can't load %s: %s".formatted(file, firstLine(e));
    } finally {
      if (temporary == null) {
        System.clearProperty(TEMPORARY);
      } else {
        System.setProperty(TEMPORARY, temporary);
      }
    }
  }

  private static String firstLine(Throwable e) {
    return e.toString().lines().findFirst().orElse("unknown").strip();
  }

  /// A library as the jar has it.
  static byte[] read(String library) throws IOException {
    try (InputStream in = Natives.class.getClassLoader().getResourceAsStream("lib/" + library)) {
      if (in == null) {
        throw new NoSuchFileException("lib/" + library, null, "not in any jar of this program");
      }
      return in.readAllBytes();
    }
  }
}
