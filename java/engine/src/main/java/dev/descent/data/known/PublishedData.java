package dev.descent.data.known;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What is known of a published data set.
///
/// @param name the word by which users ask for it
/// @param title its full name
/// @param folder the folder under the data folder in which its files lie
/// @param files its files
/// @param page where it is described, for who places the files by hand
/// @param trainRows the number of rows to train on
/// @param testRows the number of rows to validate on
/// @param width the width and height of an image
/// @param classNames a name for each class, in order
public record PublishedData(
    String name,
    String title,
    String folder,
    List<PublishedFile> files,
    String page,
    int trainRows,
    int testRows,
    int width,
    List<String> classNames) {

  /// Copies the lists.
  public PublishedData {
    files = List.copyOf(files);
    classNames = List.copyOf(classNames);
  }

  /// Where the files were looked for, for an error message.
  ///
  /// @param root the data folder in use
  String places(Path root) {
    Path own = root.resolve(folder);
    return Files.isDirectory(own) ? own.toString() : root + " or " + own;
  }

  /// How to get the data, as the end of an error message: one line, without a full stop.
  ///
  /// @param root the data folder in use
  String remedies(Path root) {
    return "run `descent data fetch %s`, or %s".formatted(name, byHand(root));
  }

  /// How to get the data without a download by the program.
  ///
  /// @param root the data folder in use
  String byHand(Path root) {
    return "place %s from %s in %s, or say where they are with --data DIR or %s"
        .formatted(
            String.join(", ", files.stream().map(PublishedFile::name).toList()),
            page,
            root.resolve(folder),
            DataFolder.VARIABLE);
  }
}
