package dev.descent.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A program's source: kernel files, which lie in the jar beside this class.
///
/// @param name unique among sources
/// @param text what is common to all, then the program's own files
record KernelSource(String name, String text) {
  static final KernelSource ELEMENTWISE = of("philox.cl", "elementwise.cl");
  static final KernelSource GATHER = of("gather.cl");
  static final KernelSource AUGMENT = of("philox.cl", "rows.cl", "augment.cl");
  static final KernelSource MATMUL = of("matmul.cl");
  static final KernelSource ROWS = of("rows.cl");
  static final KernelSource COLUMNS = of("columns.cl");
  static final KernelSource LOSSES = of("rows.cl", "losses.cl");
  static final KernelSource CEILINGS = of("ceilings.cl");
  static final KernelSource UPDATES = of("updates.cl");
  static final KernelSource IMAGES = of("windows.cl", "images.cl");
  static final KernelSource NORMALISATION = of("slices.cl", "normalisation.cl");
  static final KernelSource POOLED = of("philox.cl", "slices.cl", "windows.cl", "pooled.cl");

  private static KernelSource of(String... files) {
    var text = new StringBuilder(read("common.cl"));
    for (String file : files) {
      text.append(read(file));
    }
    return new KernelSource(files[files.length - 1], text.toString());
  }

  private static String read(String file) {
    try (InputStream in = KernelSource.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks the kernel file " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read the kernel file " + file, e);
    }
  }
}
