package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.internal.format.Visible;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Data sets of NumPy's arrays, under the names that are common: `x_train`, `y_train`, `x_test` and
/// `y_test` as in the files of Keras, `train_images` and `train_labels`, or `x` and `y` alone; in
/// an `npz` file, or as `npy` files in a folder.
///
/// Features are `samples x values`, or pictures: `samples x height x width`, with channels behind.
/// Unsigned bytes are pixels. Answers are whole numbers or texts, which are classes; a one-hot row
/// for each sample, which are classes too; or other numbers, which are target values.
///
/// @param train what is learned from
/// @param test what is judged by; null where there is none
public record NumpyData(DataSet train, @Nullable DataSet test) {
  private static final List<String> TRAIN_FEATURES =
      List.of("x_train", "X_train", "train_images", "train_data", "x", "X", "images", "data");
  private static final List<String> TRAIN_ANSWERS =
      List.of("y_train", "Y_train", "train_labels", "y", "Y", "labels", "label", "target");
  private static final List<String> TEST_FEATURES =
      List.of("x_test", "X_test", "test_images", "test_data", "x_val", "val_images");
  private static final List<String> TEST_ANSWERS =
      List.of("y_test", "Y_test", "test_labels", "y_val", "val_labels");

  /// Above so many, whole numbers are no classes.
  private static final int MOST_CLASSES = 10_000;

  /// Reads an `npz` file, or a folder of `npy` files.
  ///
  /// @param place a file or a folder
  /// @return the arrays as data sets
  /// @throws DataException naming the file and what is wrong with it
  public static NumpyData read(Path place) {
    SortedMap<String, NumpyArray> arrays = arrays(place);
    String name = String.valueOf(place.toAbsolutePath().normalize().getFileName());
    NumpyArray x = find(place, arrays, TRAIN_FEATURES, "features", true);
    NumpyArray y = find(place, arrays, TRAIN_ANSWERS, "answers", true);
    NumpyArray testX = find(place, arrays, TEST_FEATURES, "features", false);
    NumpyArray testY = find(place, arrays, TEST_ANSWERS, "answers", testX != null);
    if (x == null || y == null) {
      throw new IllegalStateException("arrays are required");
    }
    Answers answers = Answers.of(y);
    DataSet train = answers.dataSet(testX == null ? name : name + " train", x, y);
    return new NumpyData(
        train,
        testX == null || testY == null ? null : answers.dataSet(name + " test", testX, testY));
  }

  /// Reads samples to predict from: an `npy` file, or of an `npz` file or a folder the test part,
  /// or what there is.
  ///
  /// @param place a file or a folder
  /// @return the samples, without labels
  /// @throws DataException naming the file and what is wrong with it
  public static DataSet features(Path place) {
    String name = String.valueOf(place.toAbsolutePath().normalize().getFileName());
    if (Files.isRegularFile(place) && Numpy.isNpy(place)) {
      return unanswered(name, Numpy.read(place));
    }
    SortedMap<String, NumpyArray> arrays = arrays(place);
    NumpyArray test = find(place, arrays, TEST_FEATURES, "features", false);
    NumpyArray x = test == null ? find(place, arrays, TRAIN_FEATURES, "features", true) : test;
    if (x == null) {
      throw new IllegalStateException("arrays are required");
    }
    return unanswered(name, x);
  }

  private static SortedMap<String, NumpyArray> arrays(Path place) {
    if (!Files.isDirectory(place)) {
      if (Files.isRegularFile(place) && Numpy.isNpy(place)) {
        throw new DataException(
            place
                + ": is one array, without answers; put features and answers into an npz file as x"
                + " and y, or into a folder as x.npy and y.npy");
      }
      return Numpy.readAll(place);
    }
    SortedMap<String, NumpyArray> arrays = new TreeMap<>();
    Stream.of(TRAIN_FEATURES, TRAIN_ANSWERS, TEST_FEATURES, TEST_ANSWERS)
        .flatMap(List::stream)
        .forEach(name -> {
          Path file = place.resolve(name + ".npy");
          if (Files.isRegularFile(file)) {
            arrays.put(name, Numpy.read(file));
          }
        });
    return arrays;
  }

  private static @Nullable NumpyArray find(
      Path place,
      SortedMap<String, NumpyArray> arrays,
      List<String> names,
      String what,
      boolean required) {
    for (String name : names) {
      NumpyArray array = arrays.get(name);
      if (array != null) {
        return array;
      }
    }
    if (required) {
      throw new DataException(
          "%s: no array of %s under one of the names %s; there %s"
              .formatted(
                  place,
                  what,
                  String.join(", ", names),
                  arrays.isEmpty()
                      ? "is none"
                      : "are " + Visible.value(String.join(", ", arrays.keySet()))));
    }
    return null;
  }

  private static DataSet unanswered(String name, NumpyArray x) {
    requireRows(x);
    int features = x.size() / x.length(0);
    if (!x.isBytes()) {
      return DataSet.unanswered(name, x.floats(), features);
    }
    Preparation.Picture picture = picture(x);
    return picture.channels() == 1
        ? DataSet.unanswered(name, x.bytes(), picture.width(), picture.height())
        : DataSet.unanswered(name, x.bytes(), picture.features(), 1);
  }

  private static void requireRows(NumpyArray x) {
    if (x.isText() || x.rank() < 2 || x.rank() > 4 || x.size() == 0) {
      throw new DataException(
          "%s: is %s; features are numbers, samples x values or samples x height x width"
              .formatted(x.name(), x));
    }
  }

  /// The pictures that bytes are: those of two dimensions are square if they can be, as in a table.
  private static Preparation.Picture picture(NumpyArray x) {
    int features = x.size() / x.length(0);
    if (x.rank() == 2) {
      return Preparation.Picture.ofPixels(features);
    }
    int channels = x.rank() == 4 ? x.length(3) : 1;
    return new Preparation.Picture(
        x.length(2), x.length(1), channels, Preparation.Ground.ANY, false);
  }

  /// What answers are, as the training part shows.
  ///
  /// @param classes the classes' names; empty where answers are target values
  private record Answers(List<String> classes) {
    static Answers of(NumpyArray y) {
      if (y.size() == 0 || y.rank() > 2) {
        throw new DataException(
            "%s: is %s; answers are one for each sample, or a row for each".formatted(y.name(), y));
      }
      if (isOneHot(y)) {
        return new Answers(IntStream.range(0, y.length(1)).mapToObj(Integer::toString).toList());
      }
      if (width(y) > 1) {
        return new Answers(List.of());
      }
      Set<String> texts = new LinkedHashSet<>();
      double[] numbers = new double[y.isText() ? 0 : y.size()];
      for (int i = 0; i < y.size(); i++) {
        if (y.isText()) {
          texts.add(y.text(i));
        } else {
          numbers[i] = y.number(i);
          if (numbers[i] != Math.rint(numbers[i]) || Double.isInfinite(numbers[i])) {
            return new Answers(List.of());
          }
        }
      }
      List<String> names =
          y.isText()
              ? texts.stream().sorted().toList()
              : IntStream.range(0, numbers.length)
                  .boxed()
                  .sorted((a, b) -> Double.compare(numbers[a], numbers[b]))
                  .map(y::text)
                  .distinct()
                  .toList();
      if (names.size() > MOST_CLASSES) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: %,d different answers are too many for classes; make them floats for target"
                    + " values",
                y.name(),
                names.size()));
      }
      return new Answers(names);
    }

    private static int width(NumpyArray y) {
      return y.rank() == 2 ? y.length(1) : 1;
    }

    private static boolean isOneHot(NumpyArray y) {
      if (y.isText() || width(y) < 2) {
        return false;
      }
      int width = width(y);
      for (int from = 0; from < y.size(); from += width) {
        int ones = 0;
        for (int j = from; j < from + width; j++) {
          double value = y.number(j);
          if (value != 0 && value != 1) {
            return false;
          }
          ones += value == 1 ? 1 : 0;
        }
        if (ones != 1) {
          return false;
        }
      }
      return true;
    }

    DataSet dataSet(String name, NumpyArray x, NumpyArray y) {
      requireRows(x);
      if (y.rank() == 0 || y.length(0) != x.length(0)) {
        throw new DataException("%s: is %s, but %s is %s".formatted(y.name(), y, x.name(), x));
      }
      int features = x.size() / x.length(0);
      if (classes.isEmpty()) {
        return DataSet.targets(
            name, x.isBytes() ? scaled(x) : x.floats(), features, y.floats(), width(y));
      }
      int[] labels = labels(y);
      return x.isBytes()
          ? DataSet.pictures(name, x.bytes(), picture(x), labels, classes)
          : DataSet.classes(name, x.floats(), features, labels, classes);
    }

    private static float[] scaled(NumpyArray x) {
      float[] values = x.floats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= DataSet.BYTE_SCALE;
      }
      return values;
    }

    private int[] labels(NumpyArray y) {
      int width = width(y);
      if (width > 1) {
        return oneHotLabels(y, width);
      }
      Map<String, Integer> index = new HashMap<>();
      classes.forEach(name -> index.put(name, index.size()));
      int[] labels = new int[y.size()];
      for (int i = 0; i < labels.length; i++) {
        Integer label = index.get(y.text(i));
        if (label == null) {
          throw new DataException(
              String.format(
                  Locale.ROOT,
                  "%s: answer %d is %s, which is no class of the training data: %s",
                  y.name(),
                  i,
                  Visible.quoted(y.text(i)),
                  shown()));
        }
        labels[i] = label;
      }
      return labels;
    }

    private int[] oneHotLabels(NumpyArray y, int width) {
      if (width != classes.size() || !isOneHot(y)) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: is %s; the training data have a one-hot row of %d for each sample",
                y.name(),
                y,
                classes.size()));
      }
      int[] labels = new int[y.length(0)];
      for (int i = 0; i < y.size(); i++) {
        if (y.number(i) == 1) {
          labels[i / width] = i % width;
        }
      }
      return labels;
    }

    private String shown() {
      return Visible.list(classes);
    }
  }
}
