package dev.descent.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The kernel files, which lie in the jar beside this class.
enum KernelSource {
  ELEMENTWISE("elementwise.cl"),
  GATHER("gather.cl"),
  MATMUL("matmul.cl"),
  ROWS("rows.cl"),
  COLUMNS("columns.cl"),
  LOSSES("rows.cl", "losses.cl"),
  UPDATES("updates.cl");

  private final String[] files;
  private String text = "";

  KernelSource(String... files) {
    this.files = files;
  }

  /// The whole text of the program: what is common to all, then the files.
  synchronized String text() {
    if (text.isEmpty()) {
      var all = new StringBuilder(read("common.cl"));
      for (String file : files) {
        all.append(read(file));
      }
      text = all.toString();
    }
    return text;
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
