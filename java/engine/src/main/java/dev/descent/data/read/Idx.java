package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.TrainTest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Reads IDX, the format of the MNIST files: a big-endian header (two zero bytes, a type, the
/// number of dimensions, then each dimension as 32 bits) and the values, the last dimension
/// fastest. Read here are images (`count x height x width` unsigned bytes, magic 0x00000803) and
/// labels (`count` unsigned bytes, magic 0x00000801, or signed bytes, shorts or ints, or `count x
/// n` of them, of which the first of each row is the class, as in QMNIST), as they are or packed
/// with gzip.
///
/// A header is believed only as far as the file is long enough for it, so a lying one costs no
/// memory.
public final class Idx {
  private static final int IMAGES_MAGIC = 0x0803;

  /// The most classes that labels are taken for.
  private static final int MOST_CLASSES = 10_000;

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
  /// @param imagesFile IDX, plain or in gzip
  /// @param labelsFile IDX, plain or in gzip
  /// @param classNames a name for each class, in order
  /// @return the images with their labels
  /// @throws DataException naming the file and the byte, if either is missing or malformed or they
  ///     do not belong together
  public static DataSet read(
      String name, Path imagesFile, Path labelsFile, List<String> classNames) {
    return combine(
        name, imagesFile, images(imagesFile), labelsFile, labels(labelsFile), classNames);
  }

  /// Reads a folder as [#folder(Path, boolean)], with images as they stand.
  ///
  /// @param folder with the four files
  /// @return the part for training and the part for tests
  /// @throws DataException naming the file and the byte, if a file is missing or malformed
  public static TrainTest folder(Path folder) {
    return folder(folder, false);
  }

  /// Reads a folder with files under the names that MNIST, EMNIST or QMNIST gave them, with `.gz`
  /// or without: `train-images-idx3-ubyte`, `emnist-letters-test-labels-idx1-ubyte`. The classes
  /// are the smallest label in either part to the greatest.
  ///
  /// @param folder the folder; where files of several sets lie in it, the folder and the name that
  ///     those of one begin with: `gzip/emnist-letters`
  /// @param transpose whether rows and columns of images change places, as EMNIST needs
  /// @return the part for training and the part for tests
  /// @throws DataException naming the file and the byte, if a file is missing or malformed
  public static TrainTest folder(Path folder, boolean transpose) {
    IdxFolder files = IdxFolder.in(folder);
    int[] trainLabels = labels(files.trainLabels());
    int[] testLabels = labels(files.testLabels());
    IntSummaryStatistics range =
        Stream.of(trainLabels, testLabels).flatMapToInt(Arrays::stream).summaryStatistics();
    int first = range.getMin();
    if (range.getMax() - first >= MOST_CLASSES) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: labels from %d to %d are no classes",
              files.trainLabels(),
              first,
              range.getMax()));
    }
    List<String> classes =
        IntStream.rangeClosed(first, range.getMax()).mapToObj(Integer::toString).toList();
    Arrays.setAll(trainLabels, i -> trainLabels[i] - first);
    Arrays.setAll(testLabels, i -> testLabels[i] - first);
    String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    DataSet train =
        combine(
            name + " train",
            files.trainImages(),
            images(files.trainImages(), transpose),
            files.trainLabels(),
            trainLabels,
            classes);
    DataSet test =
        combine(
            name + " test",
            files.testImages(),
            images(files.testImages(), transpose),
            files.testLabels(),
            testLabels,
            classes);
    if (train.imageWidth() != test.imageWidth() || train.features() != test.features()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: images of %d x %d pixels, but those of %s are %d x %d",
              files.testImages(),
              test.imageWidth(),
              test.imageHeight(),
              files.trainImages(),
              train.imageWidth(),
              train.imageHeight()));
    }
    if (!transpose) {
      return new TrainTest(train, test);
    }
    Preparation.Picture picture =
        new Preparation.Picture(
            train.imageWidth(),
            train.imageHeight(),
            1,
            Preparation.Ground.ANY,
            /* centred= */ false,
            /* transposed= */ true);
    return new TrainTest(train.withPicture(picture), test.withPicture(picture));
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
          String.format(
              Locale.ROOT,
              "%s: %d labels, but %s has %d images",
              labelsFile,
              labels.length,
              imagesFile,
              images.count()));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] >= classNames.size()) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: byte %d: label %d of image %d is outside the classes 0 to %d",
                labelsFile,
                IdxReader.headerBytes(1) + i,
                labels[i],
                i,
                classNames.size() - 1));
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

  private static Images images(Path file, boolean transpose) {
    Images images = images(file);
    if (!transpose) {
      return images;
    }
    int width = images.width();
    int height = images.height();
    byte[] from = images.pixels();
    byte[] to = new byte[from.length];
    for (int image = 0; image < from.length; image += width * height) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          to[image + x * height + y] = from[image + y * width + x];
        }
      }
    }
    return new Images(images.count(), /* width= */ height, /* height= */ width, to);
  }

  /// Reads a file of labels.
  static int[] labels(Path file) {
    try (IdxReader reader = new IdxReader(file)) {
      return reader.labels();
    }
  }
}
