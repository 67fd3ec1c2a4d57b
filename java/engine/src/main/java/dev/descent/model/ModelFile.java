package dev.descent.model;

import java.nio.file.Path;

/// Models as files.
final class ModelFile {
  private ModelFile() {}

  static void write(Model model, Path file) {
    throw new UnsupportedOperationException("not yet: " + file + model);
  }

  static Model read(Path file) {
    throw new UnsupportedOperationException("not yet: " + file);
  }
}
