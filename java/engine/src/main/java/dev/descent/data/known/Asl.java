package dev.descent.data.known;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.read.Csv;
import dev.descent.data.read.CsvOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Sign Language MNIST: hands showing the letters A to Y, without J, of the American Sign Language
/// alphabet, as grey images of 28 x 28 pixels. In the files 0 stands for A, 1 for B and so on, so 9
/// (J, which is shown by a movement, like Z) is missing; here the 24 classes have no gap.
///
/// The rows to train on are filtered variants of 1,704 photos: a part of them kept for validation
/// says nothing. Validate on [#test], which has other photos.
public final class Asl {
  static final String TRAIN_FILE = "sign_mnist_train.csv";
  static final String TEST_FILE = "sign_mnist_test.csv";

  private static final int ALPHABET = 25;
  private static final int J = 'J' - 'A';

  /// The labels in the files that stand for a letter, in order.
  private static final List<Integer> LABELS =
      IntStream.range(0, ALPHABET).filter(label -> label != J).boxed().toList();

  /// The letters, in the order of the classes.
  static final List<String> LETTERS =
      LABELS.stream().map(label -> String.valueOf((char) ('A' + label))).toList();

  private static final List<String> ARCHIVES = List.of("sign-language-mnist.zip", "archive.zip");

  private Asl() {}

  /// {@return the images to train on}
  ///
  /// @param folder the data folder, with the files in its folder `asl`, or that folder itself: the
  ///     two `.csv` files, the same as `.csv.gz`, or the zip file that holds both, as
  ///     `archive.zip` or `sign-language-mnist.zip`
  /// @throws DataException if a file is missing, malformed or not the published one; the message
  ///     says where it was looked for and how to get it
  public static DataSet train(Path folder) {
    return read("asl train", folder, TRAIN_FILE, Catalog.ASL.trainRows());
  }

  /// {@return the images to validate on}
  ///
  /// @param folder as for [#train]
  /// @throws DataException as [#train] does
  public static DataSet test(Path folder) {
    return read("asl test", folder, TEST_FILE, Catalog.ASL.testRows());
  }

  private static DataSet read(String name, Path root, String fileName, int rows) {
    Path file = find(root, fileName);
    DataSet set = Csv.read(name, file, options(fileName));
    int pixels = Catalog.ASL.width() * Catalog.ASL.width();
    if (set.size() != rows || set.features() != pixels) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %d rows of %d pixels, but %s has %d of %d here; read other data as csv:FILE",
              file,
              set.size(),
              set.features(),
              Catalog.ASL.title(),
              rows,
              pixels));
    }
    return set.withPicture(Picture.grey(Catalog.ASL.width(), Catalog.ASL.width()));
  }

  /// {@return how the files are to be understood}
  ///
  /// @param zipEntry the name of a file in the archive
  public static CsvOptions options(String zipEntry) {
    return CsvOptions.defaults()
        .withValues(CsvOptions.Values.BYTES)
        .withClasses(LABELS, LETTERS)
        .withZipEntry(zipEntry);
  }

  private static Path find(Path root, String fileName) {
    Path own = root.resolve(Catalog.ASL.folder());
    Path folder = Files.isDirectory(own) ? own : root;
    List<String> names =
        List.of(fileName, fileName + ".gz", ARCHIVES.getFirst(), ARCHIVES.getLast());
    return names.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() ->
            new DataException(
                "asl: no file %s in %s: %s"
                    .formatted(
                        String.join(" or ", names),
                        Catalog.ASL.places(root),
                        Catalog.ASL.remedies(root))));
  }
}
