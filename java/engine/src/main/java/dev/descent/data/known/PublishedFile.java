package dev.descent.data.known;

import java.net.URI;
import java.util.List;

/// A file that can be downloaded.
///
/// @param name the name under which it is kept
/// @param otherNames further names under which users bring the same data
/// @param mirrors where it can be downloaded, the best first; all but one by HTTPS, and every
///     download is checked
/// @param checksums what its content must be
/// @param mostBytes more than its length: a download that exceeds it is given up
public record PublishedFile(
    String name,
    List<String> otherNames,
    List<URI> mirrors,
    List<Checksum> checksums,
    long mostBytes) {

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if there is no mirror or no checksum
  public PublishedFile {
    otherNames = List.copyOf(otherNames);
    mirrors = List.copyOf(mirrors);
    checksums = List.copyOf(checksums);
    if (mirrors.isEmpty() || checksums.isEmpty()) {
      throw new IllegalArgumentException(name + " has no mirror or no checksum");
    }
  }
}
