package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.data.read.DataFile;
import dev.descent.data.read.Packing;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.TemporaryFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Downloads published data sets. A file is written beside its place under another name, compared
/// with its checksum, and only then moved there; whatever goes wrong, nothing half-done stays.
public final class DataFetcher {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Listener listener;
  private final Duration patience;

  /// Hears of progress, and may give up.
  @FunctionalInterface
  public interface Listener {
    /// Bytes have arrived. Called in the thread that called [DataFetcher#fetch].
    ///
    /// @param file that is downloaded
    /// @param bytes of the file so far
    /// @param totalBytes the file's length, or -1 where the server does not say
    void progress(String file, long bytes, long totalBytes);

    /// {@return whether to give up} Asked some twenty times a second.
    default boolean cancelled() {
      return false;
    }
  }

  /// What became of a file.
  public enum Outcome {
    /// It was downloaded and its checksum is right.
    DOWNLOADED,
    /// It was there before, and its checksum is right.
    VERIFIED,
    /// It was there before in a form of which no checksum was published.
    FOUND
  }

  /// A file and what became of it.
  ///
  /// @param file where it lies
  /// @param outcome whether it was downloaded
  public record Fetched(Path file, Outcome outcome) {}

  /// Waits up to 30 seconds for a server that sends nothing, or less than 4 KiB a second.
  ///
  /// @param listener is called every now and then, on the thread that downloads
  public DataFetcher(Listener listener) {
    this(listener, PATIENCE);
  }

  DataFetcher(Listener listener, Duration patience) {
    this.listener = listener;
    this.patience = patience;
  }

  /// Downloads the files of a data set that are not there yet.
  ///
  /// @param data what to download
  /// @param root the data folder; the files go to the data set's folder in it. Both are made
  /// @return a record for each file
  /// @throws DataException if no mirror delivers, with each one's reason and how to place the files
  ///     by hand; or if a file that is there already has another content, which is not touched
  /// @throws DescentException if a file can't be written, or the download was cancelled
  public List<Fetched> fetch(PublishedData data, Path root) {
    Path folder = root.resolve(data.folder());
    boolean made = Files.notExists(folder);
    createFolder(folder);
    try {
      return fetchInto(folder, data, root);
    } catch (DescentException e) {
      if (made) {
        deleteIfEmpty(folder);
      }
      throw e;
    }
  }

  private List<Fetched> fetchInto(Path folder, PublishedData data, Path root) {
    List<Fetched> fetched = new ArrayList<>();
    try (HttpDownloader downloader = new HttpDownloader(patience, listener)) {
      for (PublishedFile file : data.files()) {
        List<Fetched> present = present(file, folder);
        if (present.isEmpty()) {
          Path target = folder.resolve(file.name());
          download(downloader, data, root, file, target);
          fetched.add(new Fetched(target, Outcome.DOWNLOADED));
        } else {
          fetched.addAll(present);
        }
      }
    }
    return List.copyOf(fetched);
  }

  private static void createFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new DescentException("can't make folder " + folder + ": " + AtomicFile.reason(e), e);
    }
  }

  private static void deleteIfEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException _) {
      // Files that did arrive lie there.
    }
  }

  /// The files in the folder that make the download needless.
  private static List<Fetched> present(PublishedFile file, Path folder) {
    for (String name : names(file)) {
      Path candidate = folder.resolve(name);
      if (Files.isRegularFile(candidate)) {
        return List.of(new Fetched(candidate, check(file.checksums(), candidate)));
      }
    }
    return unpackedEntries(file, folder);
  }

  private static List<String> names(PublishedFile file) {
    return Stream.concat(Stream.of(file.name()), file.otherNames().stream()).toList();
  }

  private static Outcome check(List<Checksum> checksums, Path file) {
    for (Checksum checksum : checksums) {
      String difference = checksum.difference(file);
      if (difference != null && !checksum.unpacked() && isUnpacked(file)) {
        return Outcome.FOUND;
      }
      if (difference != null) {
        throw new DataException(
            "%s: %s; move the file away to have it downloaded".formatted(file, difference));
      }
    }
    return Outcome.VERIFIED;
  }

  /// Whether a file holds what was published packed: then the digest says nothing of it.
  private static boolean isUnpacked(Path file) {
    try {
      return !file.toString().endsWith(".gz") && Packing.of(file) == Packing.PLAIN;
    } catch (IOException e) {
      throw DataFile.failure(file.toString(), e);
    }
  }

  /// The entries of an archive where all of them lie in the folder as files of their own.
  private static List<Fetched> unpackedEntries(PublishedFile archive, Path folder) {
    List<Fetched> found = new ArrayList<>();
    for (Checksum checksum : archive.checksums()) {
      Path file = unpackedEntry(checksum, folder);
      if (file == null) {
        return List.of();
      }
      Checksum content = Checksum.ofContent(checksum.algorithm(), checksum.hex());
      found.add(new Fetched(file, check(List.of(content), file)));
    }
    return found;
  }

  private static @Nullable Path unpackedEntry(Checksum checksum, Path folder) {
    String entry = checksum.zipEntry();
    if (entry == null) {
      return null;
    }
    return Stream.of(entry, entry + ".gz")
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  private static void download(
      HttpDownloader downloader, PublishedData data, Path root, PublishedFile file, Path target) {
    List<String> failures = new ArrayList<>();
    boolean reached = false;
    for (URI mirror : file.mirrors()) {
      try {
        downloadFrom(downloader, mirror, file, target);
        return;
      } catch (Download.WriteFailure e) {
        throw new DescentException(
            "can't write " + target + ": " + AtomicFile.reason(e.reason()), e);
      } catch (IOException e) {
        reached |= !(e instanceof HttpDownloader.Unreachable);
        failures.add(mirror + " " + e.getMessage());
      }
    }
    throw new DataException(
        "can't download %s: %s; %s%s"
            .formatted(
                file.name(),
                String.join("; ", failures),
                reached ? "" : "is there a network? ",
                data.byHand(root)));
  }

  private static void downloadFrom(
      HttpDownloader downloader, URI mirror, PublishedFile file, Path target) throws IOException {
    Path temporary = temporary(target);
    // Should the program be told to stop meanwhile.
    temporary.toFile().deleteOnExit();
    try {
      downloader.download(file.name(), mirror, temporary, file.mostBytes());
      for (Checksum checksum : file.checksums()) {
        String difference = checksum.difference(temporary);
        if (difference != null) {
          throw new IOException("sends another file: " + difference);
        }
      }
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static Path temporary(Path target) throws Download.WriteFailure {
    try {
      return TemporaryFile.beside(target);
    } catch (IOException e) {
      throw new Download.WriteFailure(e);
    }
  }

  private static void move(Path from, Path to) throws Download.WriteFailure {
    try {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new Download.WriteFailure(e);
    }
  }
}
