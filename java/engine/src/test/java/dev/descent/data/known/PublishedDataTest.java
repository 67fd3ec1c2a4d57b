package dev.descent.data.known;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.idx;
import static dev.descent.data.read.TestFiles.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.data.DataSet;
import dev.descent.data.TrainTest;
import dev.descent.data.read.TestFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedDataTest {
  @TempDir Path folder;

  @Test
  void missingDataSayWhereTheyWereSoughtAndHowToGetThem() {
    assertRefused(
        () -> Mnist.train(folder),
        "train-images-idx3-ubyte.gz",
        folder.toString(),
        "descent data fetch mnist",
        "--data",
        "DESCENT_DATA");
    assertRefused(() -> FashionMnist.test(folder), "t10k-images", "data fetch fashion");
    assertRefused(() -> Asl.test(folder), "sign_mnist_test.csv", "archive.zip", "data fetch asl");
  }

  @Test
  void readsTheRightNumberOfImagesFromEitherFolder() throws IOException {
    Path own = Files.createDirectory(folder.resolve("mnist"));
    write(own, "t10k-images-idx3-ubyte.gz", gzip(images(10_000)));
    write(own, "t10k-labels-idx1-ubyte", idx(0x801, new int[] {10_000}, new byte[10_000]));
    assertEquals(10_000, Mnist.test(folder).size());
    assertEquals(10_000, Mnist.test(own).size());
    write(own, "t10k-images-idx3-ubyte.gz", gzip(images(5)));
    write(own, "t10k-labels-idx1-ubyte", idx(0x801, new int[] {5}, new byte[5]));
    assertRefused(() -> Mnist.test(folder), "5 images of 28 x 28", "10000", "idx:DIR");
  }

  private static byte[] images(int count) {
    return idx(0x803, new int[] {count, 28, 28}, new byte[count * 784]);
  }

  @Test
  void aslWithAnotherNumberOfRowsIsRefused() throws IOException {
    write(folder, "sign_mnist_train.csv", "label,pixel1\n1,2\n");
    assertRefused(() -> Asl.train(folder), "1 rows of 1 pixels", "27455", "csv:FILE");
  }

  @Test
  void theCatalogIsComplete() {
    for (PublishedData data : Catalog.all()) {
      assertEquals(data, Catalog.find(data.name()).orElseThrow());
      for (PublishedFile file : data.files()) {
        for (Checksum checksum : file.checksums()) {
          assertEquals("SHA-256", checksum.algorithm(), file.name());
          assertTrue(checksum.hex().matches("[0-9a-f]{64}"), file.name());
        }
        for (URI mirror : file.mirrors()) {
          assertEquals("https", mirror.getScheme(), file.name());
        }
      }
    }
    assertTrue(Catalog.find("cifar").isEmpty());
    assertEquals(24, Catalog.ASL.classNames().size());
  }

  @Test
  void splitKeepsEveryRowOnce() {
    float[] values = {0, 10, 1, 11, 2, 12, 3, 13, 4, 14};
    DataSet data =
        DataSet.classes("t", values, 2, new int[] {0, 1, 2, 3, 4}, Catalog.MNIST.classNames());
    TrainTest both = data.split(0.4, 7);
    assertEquals(3, both.train().size());
    assertEquals(2, both.test().size());
    int[] all = new int[5];
    System.arraycopy(both.train().labels(), 0, all, 0, 3);
    System.arraycopy(both.test().labels(), 0, all, 3, 2);
    for (DataSet part : new DataSet[] {both.train(), both.test()}) {
      for (int i = 0; i < part.size(); i++) {
        int label = part.labels()[i];
        assertArrayEquals(new float[] {label, 10 + label}, part.row(i));
      }
    }
    Arrays.sort(all);
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, all);
    assertArrayEquals(both.test().labels(), data.split(0.4, 7).test().labels());
    assertEquals(1, data.split(0.001, 7).test().size());
    assertEquals(1, data.split(0.999, 7).train().size());
    assertThrows(IllegalArgumentException.class, () -> data.split(1, 7));
    assertRefused(() -> data.slice(0, 1).split(0.5, 7), "1 row");
  }

  @Test
  void realMnist() {
    Path root = TestFiles.realData();
    assumeTrue(Files.isDirectory(root.resolve("mnist")), "no mnist in " + root);
    DataSet train = Mnist.train(root);
    // The first labels and the number of each digit, as published.
    assertArrayEquals(new int[] {5, 0, 4, 1, 9, 2, 1, 3, 1, 4}, Arrays.copyOf(train.labels(), 10));
    assertArrayEquals(
        new int[] {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, counts(train));
    assertArrayEquals(
        new int[] {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
        counts(Mnist.test(root)));
    for (PublishedFile file : Catalog.MNIST.files()) {
      file.checksums().getFirst().verify(root.resolve("mnist").resolve(file.name()));
    }
  }

  @Test
  void realAsl() {
    Path root = TestFiles.realData();
    assumeTrue(Files.isDirectory(root.resolve("asl")), "no asl in " + root);
    DataSet train = Asl.train(root);
    assertEquals(28, train.imageWidth());
    assertEquals(24, train.outputs());
    assertEquals(3, train.labels()[0]);
    assertEquals(107, train.bytes()[0]);
    assertEquals(24, Asl.test(root).outputs());
  }

  private static int[] counts(DataSet data) {
    int[] counts = new int[data.outputs()];
    for (int label : data.labels()) {
      counts[label]++;
    }
    return counts;
  }
}
