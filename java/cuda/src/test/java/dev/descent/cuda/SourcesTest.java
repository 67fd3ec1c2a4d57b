package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The kernels in the jar are made of the sources that lie beside it.
class SourcesTest {
  private static final Path SOURCES = Path.of("..", "..", "kernels", "cuda");
  private static final Pattern HASH = Pattern.compile("descent_sources_([0-9a-f]{64})");

  @Test
  void everyImageCarriesTheHashOfTheSources() throws IOException {
    assumeTrue(KernelImages.missing().isEmpty(), KernelImages::missing);
    String expected = hash();
    for (String family : KernelImages.FAMILIES) {
      String image = new String(KernelImages.fatBinary(family), StandardCharsets.ISO_8859_1);
      Set<String> found = new TreeSet<>();
      for (Matcher m = HASH.matcher(image); m.find(); ) {
        found.add(m.group(1));
      }
      assertEquals(Set.of(expected), found, family + " is stale: build again");
    }
  }

  @Test
  void everyFileOfKernelsIsAFamily() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      assertEquals(
          new TreeSet<>(KernelImages.FAMILIES),
          files
              .map(f -> f.getFileName().toString())
              .filter(f -> f.endsWith(".cu"))
              .map(f -> f.substring(0, f.length() - 3))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  /// As `cmake/SourcesHash.cmake` computes it.
  private static String hash() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(SOURCES)) {
      files =
          all.filter(f -> f.toString().endsWith(".cu") || f.toString().endsWith(".cuh"))
              .sorted()
              .toList();
    }
    assertTrue(files.size() > KernelImages.FAMILIES.size(), files.toString());
    var text = new StringBuilder();
    for (Path file : files) {
      text.append(sha256(Files.readAllBytes(file)))
          .append("  ")
          .append(file.getFileName())
          .append('\n');
    }
    return sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
