package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.Visible;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

  /// MNIST's names, and those of EMNIST (`emnist-letters-train-images-idx3-ubyte`) and QMNIST
  /// (`qmnist-test-labels-idx2-int`).
  private static final Pattern NAME =
      Pattern.compile(
          "(?:(?<set>.+)[-_.])?(?<part>train|test|t10k)[-_](?<what>images|labels)[-.]idx\\d[-.]"
              + "(?:ubyte|byte|short|int)(?:\\.gz)?");

  private static final int MOST_FILES = 100_000;

  /// Finds the files.
  ///
  /// @param place their folder; where files of several sets lie in it, the folder and the name that
  ///     those of one begin with: `gzip/emnist-letters`
  /// @throws DataException naming the first one that is missing, or the sets of which one is to be
  ///     chosen
  static IdxFolder in(Path place) {
    Path parent = place.toAbsolutePath().getParent();
    boolean chosen = !Files.isDirectory(place) && parent != null && Files.isDirectory(parent);
    if (!chosen && !Files.isDirectory(place)) {
      throw new DataException(place + ": no such folder");
    }
    Path folder = chosen && parent != null ? parent : place;
    SortedMap<String, Map<String, Path>> sets = sets(folder);
    if (chosen) {
      Map<String, Path> files = sets.get(String.valueOf(place.getFileName()));
      if (files == null) {
        throw new DataException(place + ": no such folder");
      }
      return complete(place, files);
    }
    if (sets.size() > 1 && !sets.containsKey("")) {
      throw new DataException(
          "%s: holds several sets; put the name of one behind the folder's: %s"
              .formatted(
                  folder, String.join(", ", sets.keySet().stream().map(Visible::value).toList())));
    }
    Map<String, Path> none = Map.of();
    Map<String, Path> own = sets.getOrDefault("", none);
    Map<String, Path> only = sets.isEmpty() ? none : sets.firstEntry().getValue();
    return complete(folder, own.isEmpty() ? only : own);
  }

  /// The files of each set, by what the names begin with; that of MNIST's own names is empty.
  private static SortedMap<String, Map<String, Path>> sets(Path folder) {
    SortedMap<String, Map<String, Path>> sets = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .limit(MOST_FILES)
          .filter(Files::isRegularFile)
          .sorted()
          .forEach(file -> {
            Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
            if (name.matches()) {
              String part = name.group("part").equals("train") ? "train " : "test ";
              String set = Objects.requireNonNullElse(name.group("set"), "");
              // A packed file comes after its unpacked one, and is preferred.
              sets.computeIfAbsent(set, _ -> new HashMap<>()).put(part + name.group("what"), file);
            }
          });
    } catch (IOException | UncheckedIOException e) {
      throw new DataException(folder + ": can't be listed: " + e.getMessage(), e);
    }
    return sets;
  }

  private static IdxFolder complete(Path place, Map<String, Path> files) {
    return new IdxFolder(
        require(place, files, "train images", TRAIN_IMAGES),
        require(place, files, "train labels", TRAIN_LABELS),
        require(place, files, "test images", TEST_IMAGES),
        require(place, files, "test labels", TEST_LABELS));
  }

  /// {@return the names that a file goes by: with `.gz`, without, and with the last `-` as a dot,
  /// which some programs make of it as they unpack}
  ///
  /// @param name of a file
  public static List<String> names(String name) {
    int dash = name.lastIndexOf("-idx");
    String dotted = name.substring(0, dash) + '.' + name.substring(dash + 1);
    return List.of(name + ".gz", name, dotted + ".gz", dotted);
  }

  /// {@return the file in a folder, under whichever of its names, or null}
  ///
  /// @param folder to look in
  /// @param name of a file
  public static @Nullable Path find(Path folder, String name) {
    return names(name).stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  private static Path require(Path folder, Map<String, Path> files, String role, String name) {
    Path file = files.get(role);
    if (file == null) {
      throw new DataException("%s: no file %s.gz or %s".formatted(folder, name, name));
    }
    return file;
  }
}
