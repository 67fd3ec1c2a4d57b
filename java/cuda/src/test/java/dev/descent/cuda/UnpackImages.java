package dev.descent.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes the compiled kernels of the jar into a folder, for programs that take files:
/// `UnpackImages FOLDER`.
final class UnpackImages {
  private UnpackImages() {}

  static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    for (String family : KernelImages.FAMILIES) {
      Files.write(folder.resolve(family + ".fatbin"), KernelImages.fatBinary(family));
      byte[] text = KernelImages.text(family);
      if (text != null) {
        Files.write(folder.resolve(family + ".ptx"), text);
      }
    }
  }
}
