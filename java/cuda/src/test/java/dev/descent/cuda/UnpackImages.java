package dev.descent.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Writes the compiled kernels of the jar into a folder, for programs that take files:
/// `UnpackImages FOLDER`.
final class UnpackImages {
  private UnpackImages() {}

  static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    for (String family : KernelImages.FAMILIES) {
      Files.write(folder.resolve(family + ".fatbin"), KernelImages.fatBinary(family));
      write(folder.resolve(family + ".ptx"), KernelImages.text(family, Device.LEAST_CAPABILITY));
      // Where the kernels have no such form, it is the other one again.
      write(
          folder.resolve(family + ".80.ptx"),
          KernelImages.text(family, Device.TENSOR_CORES_CAPABILITY));
    }
  }

  private static void write(Path file, byte @Nullable [] content) throws IOException {
    if (content != null) {
      Files.write(file, content);
    }
  }
}
