package dev.descent.data.known;

import dev.descent.data.read.IdxFolder;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// The published data sets that are known by name: their files, checksums, sizes and classes.
public final class Catalog {
  private static final long MIB = 1L << 20;
  private static final int IMAGE_WIDTH = 28;
  private static final int MNIST_TRAIN_ROWS = 60_000;
  private static final int MNIST_TEST_ROWS = 10_000;

  private static final List<String> MNIST_MIRRORS =
      List.of(
          "https://storage.googleapis.com/cvdf-datasets/mnist/",
          "https://ossci-datasets.s3.amazonaws.com/mnist/");
  private static final List<String> FASHION_MIRRORS =
      List.of(
          "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
          "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/");

  /// Handwritten digits (LeCun, Cortes, Burges). The MD5 sums are those of the unpacked files, since
  /// copies packed in different ways are about.
  public static final PublishedData MNIST =
      new PublishedData(
          "mnist",
          "MNIST, handwritten digits",
          "mnist",
          List.of(
              mnist(IdxFolder.TRAIN_IMAGES, "6bbc9ace898e44ae57da46a324031adb"),
              mnist(IdxFolder.TRAIN_LABELS, "a25bea736e30d166cdddb491f175f624"),
              mnist(IdxFolder.TEST_IMAGES, "2646ac647ad5339dbf082846283269ea"),
              mnist(IdxFolder.TEST_LABELS, "27ae3e4e09519cfbb04c329615203637")),
          MNIST_MIRRORS.getFirst(),
          MNIST_TRAIN_ROWS,
          MNIST_TEST_ROWS,
          IMAGE_WIDTH,
          List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));

  /// Articles of clothing in MNIST's format (Zalando Research). The MD5 sums are those published
  /// with it, of the packed files.
  public static final PublishedData FASHION =
      new PublishedData(
          "fashion",
          "Fashion-MNIST, articles of clothing",
          "fashion",
          List.of(
              fashion(IdxFolder.TRAIN_IMAGES, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
              fashion(IdxFolder.TRAIN_LABELS, "25c81989df183df01b3e8a0aad5dffbe"),
              fashion(IdxFolder.TEST_IMAGES, "bef4ecab320f06d8554ea6380940ec79"),
              fashion(IdxFolder.TEST_LABELS, "bb300cfdad3c16e7a12a480ee83cd310")),
          "https://github.com/zalandoresearch/fashion-mnist",
          MNIST_TRAIN_ROWS,
          MNIST_TEST_ROWS,
          IMAGE_WIDTH,
          List.of(
              "T-shirt/top",
              "Trouser",
              "Pullover",
              "Dress",
              "Coat",
              "Sandal",
              "Shirt",
              "Sneaker",
              "Bag",
              "Ankle boot"));

  /// The letters of American Sign Language that are held still: A to Y without J (Kaggle's "Sign
  /// Language MNIST").
  public static final PublishedData ASL =
      new PublishedData(
          "asl",
          "Sign Language MNIST, the American Sign Language alphabet",
          "asl",
          List.of(
              new PublishedFile(
                  "sign-language-mnist.zip",
                  List.of("archive.zip"),
                  List.of(
                      URI.create(
                          "https://www.kaggle.com/api/v1/datasets/download/datamunge/sign-language-mnist")),
                  List.of(
                      Checksum.ofEntry(
                          "SHA-256",
                          "4c2897f19fab2b0ae2a7e4fa82e969043315d9f3a1a9cc0948b576bf1189a7e5",
                          Asl.TRAIN_FILE),
                      Checksum.ofEntry(
                          "SHA-256",
                          "0e9d67bae23e67f40728e0b63bf15ad4bd5175947b8a9fac5dd9f17ce133c47b",
                          Asl.TEST_FILE)),
                  256 * MIB)),
          "https://www.kaggle.com/datasets/datamunge/sign-language-mnist",
          27_455,
          7_172,
          IMAGE_WIDTH,
          Asl.LETTERS);

  private Catalog() {}

  /// All of them.
  public static List<PublishedData> all() {
    return List.of(MNIST, FASHION, ASL);
  }

  /// The one that users call so.
  public static Optional<PublishedData> find(String name) {
    return all().stream().filter(data -> data.name().equals(name)).findFirst();
  }

  private static PublishedFile mnist(String file, String md5) {
    return idx(file, MNIST_MIRRORS, Checksum.ofContent("MD5", md5));
  }

  private static PublishedFile fashion(String file, String md5) {
    return idx(file, FASHION_MIRRORS, Checksum.ofFile("MD5", md5));
  }

  private static PublishedFile idx(String file, List<String> mirrors, Checksum checksum) {
    List<String> names = IdxFolder.names(file);
    String name = names.getFirst();
    return new PublishedFile(
        name,
        names.subList(1, names.size()),
        mirrors.stream().map(mirror -> URI.create(mirror + name)).toList(),
        List.of(checksum),
        64 * MIB);
  }
}
