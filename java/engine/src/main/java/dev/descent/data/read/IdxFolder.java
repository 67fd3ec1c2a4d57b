package dev.descent.data.read;

import dev.descent.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The four files of a data set in MNIST's manner.
///
/// @param trainImages the images to train on
/// @param trainLabels their labels
/// @param testImages the images to validate on
/// @param testLabels their labels
public record IdxFolder(Path trainImages, Path trainLabels, Path testImages, Path testLabels) {
  public static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  public static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
  public static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  public static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  /// Finds the files.
  ///
  /// @throws DataException naming the first one that is missing
  static IdxFolder in(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": no such folder");
    }
    return new IdxFolder(
        require(folder, TRAIN_IMAGES),
        require(folder, TRAIN_LABELS),
        require(folder, TEST_IMAGES),
        require(folder, TEST_LABELS));
  }

  /// The names that a file goes by: with `.gz`, without, and with the last `-` as a dot, which some
  /// programs make of it as they unpack.
  public static List<String> names(String name) {
    int dash = name.lastIndexOf("-idx");
    String dotted = name.substring(0, dash) + '.' + name.substring(dash + 1);
    return List.of(name + ".gz", name, dotted + ".gz", dotted);
  }

  /// The file in a folder, under whichever of its names, or null.
  public static @Nullable Path find(Path folder, String name) {
    return names(name).stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  private static Path require(Path folder, String name) {
    Path file = find(folder, name);
    if (file == null) {
      throw new DataException("%s: no file %s.gz or %s".formatted(folder, name, name));
    }
    return file;
  }
}
