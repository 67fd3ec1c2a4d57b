package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.TrainTest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Reads IDX, the format of the MNIST files: a big-endian header (two zero bytes, a type, the number
/// of dimensions, then each dimension as 32 bits) and the values, the last dimension fastest. Read
/// here are images (`count x height x width` unsigned bytes, magic 0x00000803) and labels (`count`
/// unsigned bytes, magic 0x00000801), as they are or packed with gzip.
///
/// A header is believed only as far as the file is long enough for it, so a lying one costs no
/// memory.
public final class Idx {
  private static final int IMAGES_MAGIC = 0x0803;
  private static final int LABELS_MAGIC = 0x0801;

  private Idx() {}

  /// Images as they stand in a file.
  ///
  /// @param count the number of images
  /// @param width in pixels
  /// @param height in pixels
  /// @param pixels `count x height x width`, row-major
  record Images(int count, int width, int height, byte[] pixels) {}

  /// Reads a file of images and the file of their labels.
  ///
  /// @param name the data set's name in reports
  /// @param classNames a name for each class, in order
  /// @throws DataException naming the file and the byte, if either is missing or malformed or they
  ///     do not belong together
  public static DataSet read(
      String name, Path imagesFile, Path labelsFile, List<String> classNames) {
    return combine(
        name, imagesFile, images(imagesFile), labelsFile, labels(labelsFile), classNames);
  }

  /// Reads a folder with `train-images*`, `train-labels*`, `t10k-images*` and `t10k-labels*` files
  /// under the names that MNIST gave them, with `.gz` or without. The classes are 0 to the greatest
  /// label in either part.
  ///
  /// @throws DataException naming the file and the byte, if a file is missing or malformed
  public static TrainTest folder(Path folder) {
    IdxFolder files = IdxFolder.in(folder);
    int[] trainLabels = labels(files.trainLabels());
    int[] testLabels = labels(files.testLabels());
    List<String> classes = numbered(1 + Math.max(greatest(trainLabels), greatest(testLabels)));
    String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    DataSet train =
        combine(
            name + " train",
            files.trainImages(),
            images(files.trainImages()),
            files.trainLabels(),
            trainLabels,
            classes);
    DataSet test =
        combine(
            name + " test",
            files.testImages(),
            images(files.testImages()),
            files.testLabels(),
            testLabels,
            classes);
    if (train.imageWidth() != test.imageWidth() || train.features() != test.features()) {
      throw new DataException(
          "%s: images of %d x %d pixels, but those of %s are %d x %d"
              .formatted(
                  files.testImages(),
                  test.imageWidth(),
                  test.imageHeight(),
                  files.trainImages(),
                  train.imageWidth(),
                  train.imageHeight()));
    }
    return new TrainTest(train, test);
  }

  private static DataSet combine(
      String name,
      Path imagesFile,
      Images images,
      Path labelsFile,
      int[] labels,
      List<String> classNames) {
    if (images.count() != labels.length) {
      throw new DataException(
          "%s: %d labels, but %s has %d images"
              .formatted(labelsFile, labels.length, imagesFile, images.count()));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] >= classNames.size()) {
        throw new DataException(
            "%s: byte %d: label %d of image %d is outside the classes 0 to %d"
                .formatted(
                    labelsFile, IdxReader.headerBytes(1) + i, labels[i], i, classNames.size() - 1));
      }
    }
    return DataSet.images(
        name, images.pixels(), images.width(), images.height(), labels, classNames);
  }

  /// Reads a file of images.
  static Images images(Path file) {
    try (IdxReader reader = new IdxReader(file)) {
      int[] shape = reader.header(IMAGES_MAGIC, "images", "count", "height", "width");
      byte[] pixels = reader.values((long) shape[0] * shape[1] * shape[2]);
      return new Images(shape[0], shape[2], shape[1], pixels);
    }
  }

  /// Reads a file of labels.
  static int[] labels(Path file) {
    try (IdxReader reader = new IdxReader(file)) {
      int[] shape = reader.header(LABELS_MAGIC, "labels", "count");
      byte[] values = reader.values(shape[0]);
      int[] labels = new int[values.length];
      Arrays.setAll(labels, i -> values[i] & 0xFF);
      return labels;
    }
  }

  private static int greatest(int[] labels) {
    return Arrays.stream(labels).max().orElse(0);
  }

  private static List<String> numbered(int classes) {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }
}
