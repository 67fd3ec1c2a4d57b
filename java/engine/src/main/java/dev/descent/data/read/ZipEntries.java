package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.Visible;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// Chooses and opens an entry of a zip file.
final class ZipEntries {
  private ZipEntries() {}

  /// Opens an entry.
  ///
  /// @param wanted its full name, or its name without folders; null for the only file or the only
  ///     `.csv` file
  /// @throws DataException if there is no such entry or there are several
  static DataFile open(Path path, @Nullable String wanted) throws IOException {
    ZipFile zip = openZip(path);
    try {
      ZipEntry entry = choose(path, zip, wanted);
      String name = path + "!" + Visible.value(entry.getName());
      // What the archive says of itself may be a lie: no entry is longer than the file.
      long packedBytes = Math.clamp(entry.getCompressedSize(), 0, Files.size(path));
      return DataFile.ofEntry(name, zip, zip.getInputStream(entry), packedBytes);
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  /// The names of all entries, in the archive's order.
  static List<String> names(Path path) throws IOException {
    try (ZipFile zip = openZip(path)) {
      return zip.stream().map(ZipEntry::getName).toList();
    }
  }

  private static ZipFile openZip(Path path) throws IOException {
    try {
      return new ZipFile(path.toFile());
    } catch (IllegalArgumentException e) {
      // Names that are no text in the archive's character set.
      ZipException failure = new ZipException("bad entry name");
      failure.initCause(e);
      throw failure;
    }
  }

  private static ZipEntry choose(Path path, ZipFile zip, @Nullable String wanted) {
    List<ZipEntry> files =
        zip.stream()
            .filter(e -> !e.isDirectory() && !isHidden(e.getName()))
            .map(ZipEntry.class::cast)
            .toList();
    if (wanted == null) {
      FileKind.requireArchive(path.toString(), files.stream().map(ZipEntry::getName).toList());
    }
    List<ZipEntry> matches = wanted == null ? tables(files) : named(files, wanted);
    if (matches.size() == 1) {
      return matches.getFirst();
    }
    throw new DataException(
        "%s: %s; it holds %s"
            .formatted(
                path,
                problem(wanted, matches.isEmpty()),
                files.isEmpty() ? "no files" : list(files)));
  }

  private static String problem(@Nullable String wanted, boolean none) {
    if (wanted == null) {
      return "which file of the archive is meant is not clear; name one, as in csv:FILE.zip!NAME";
    }
    return (none ? "no entry " : "several entries ") + Visible.value(wanted);
  }

  private static List<ZipEntry> tables(List<ZipEntry> files) {
    List<ZipEntry> tables =
        files.stream().filter(e -> e.getName().toLowerCase(Locale.ROOT).endsWith(".csv")).toList();
    return tables.isEmpty() ? files : tables;
  }

  private static List<ZipEntry> named(List<ZipEntry> files, String wanted) {
    List<ZipEntry> exact = files.stream().filter(e -> e.getName().equals(wanted)).toList();
    return exact.isEmpty()
        ? files.stream().filter(e -> lastName(e.getName()).equals(wanted)).toList()
        : exact;
  }

  /// What macOS adds to an archive beside each file.
  private static boolean isHidden(String name) {
    return name.startsWith("__MACOSX/") || lastName(name).startsWith(".");
  }

  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private static String list(List<ZipEntry> files) {
    return Visible.list(files.stream().map(ZipEntry::getName).toList());
  }
}
