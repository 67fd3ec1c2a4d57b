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
          "https://storage.googleapis.com/tensorflow/tf-keras-datasets/");

  /// Handwritten digits (LeCun, Cortes, Burges). The digests are those of the unpacked files, since
  /// copies packed in different ways are about.
  public static final PublishedData MNIST =
      new PublishedData(
          "mnist",
          "MNIST, handwritten digits",
          "mnist",
          List.of(
              mnist(
                  IdxFolder.TRAIN_IMAGES,
                  "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
              mnist(
                  IdxFolder.TRAIN_LABELS,
                  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
              mnist(
                  IdxFolder.TEST_IMAGES,
                  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
              mnist(
                  IdxFolder.TEST_LABELS,
                  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
          MNIST_MIRRORS.getFirst(),
          MNIST_TRAIN_ROWS,
          MNIST_TEST_ROWS,
          IMAGE_WIDTH,
          List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));

  /// Articles of clothing in MNIST's format (Zalando Research). The digests are those of the
  /// packed files as published.
  public static final PublishedData FASHION =
      new PublishedData(
          "fashion",
          "Fashion-MNIST, articles of clothing",
          "fashion",
          List.of(
              fashion(
                  IdxFolder.TRAIN_IMAGES,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
              fashion(
                  IdxFolder.TRAIN_LABELS,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
              fashion(
                  IdxFolder.TEST_IMAGES,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
              fashion(
                  IdxFolder.TEST_LABELS,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
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

  /// {@return all of them}
  public static List<PublishedData> all() {
    return List.of(MNIST, FASHION, ASL);
  }

  /// {@return the one that users call so}
  ///
  /// @param name as on the command line
  public static Optional<PublishedData> find(String name) {
    return all().stream().filter(data -> data.name().equals(name)).findFirst();
  }

  private static PublishedFile mnist(String file, String sha256) {
    return idx(file, MNIST_MIRRORS, Checksum.ofContent("SHA-256", sha256));
  }

  private static PublishedFile fashion(String file, String sha256) {
    return idx(file, FASHION_MIRRORS, Checksum.ofFile("SHA-256", sha256));
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
