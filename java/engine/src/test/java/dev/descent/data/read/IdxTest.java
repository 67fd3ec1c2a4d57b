package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.idx;
import static dev.descent.data.read.TestFiles.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.data.DataSet;
import dev.descent.data.TrainTest;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
  private static final List<String> TWO = List.of("a", "b");

  @TempDir Path folder;

  @Test
  void readsImagesAndLabelsPlainAndGzipWhateverTheName() throws IOException {
    byte[] pixels = {0, 1, 2, 3, 4, 5, (byte) 200, (byte) 255, 8, 9, 10, 11};
    byte[] images = idx(IMAGES, new int[] {2, 2, 3}, pixels);
    byte[] labels = idx(LABELS, new int[] {2}, new byte[] {1, 0});
    for (boolean packed : new boolean[] {false, true}) {
      Path imagesFile = write(folder, "images", packed ? gzip(images) : images);
      Path labelsFile = write(folder, "labels.gz", packed ? gzip(labels) : labels);
      DataSet data = Idx.read("t", imagesFile, labelsFile, TWO);
      assertArrayEquals(pixels, data.bytes());
      assertArrayEquals(new int[] {1, 0}, data.labels());
      assertEquals(3, data.imageWidth());
      assertEquals(2, data.imageHeight());
      assertEquals(200 / 255f, data.row(1)[0], 1e-7f);
    }
  }

  @Test
  void readsRandomShapes() {
    Inputs.check(
        50,
        random -> {
          int[] shape = {random.nextInt(1, 40), random.nextInt(1, 33), random.nextInt(1, 33)};
          byte[] pixels = bytes(random, shape[0] * shape[1] * shape[2]);
          byte[] file = idx(IMAGES, shape, pixels);
          Idx.Images read =
              Idx.images(write(folder, "i", random.nextBoolean() ? gzip(file) : file));
          assertArrayEquals(shape, new int[] {read.count(), read.height(), read.width()});
          assertArrayEquals(pixels, read.pixels());
        });
  }

  @Test
  void readsMoreThanTheFirstPieceOfMemory() throws IOException {
    byte[] pixels = new byte[3 * 1024 * 1024 + 5];
    pixels[pixels.length - 1] = 7;
    byte[] file = idx(IMAGES, new int[] {1, 1, pixels.length}, pixels);
    assertArrayEquals(pixels, Idx.images(write(folder, "i", file)).pixels());
  }

  @Test
  void refusesWrongMagic() throws IOException {
    Path file = write(folder, "x", idx(LABELS, new int[] {2}, new byte[2]));
    assertRefused(() -> Idx.images(file), "x: byte 0", "0x00000803", "0x00000801");
    Path text = write(folder, "y", "hello, world");
    assertRefused(() -> Idx.labels(text), "byte 0", "0x00000801", "0x68656c6c");
  }

  @Test
  void refusesTruncationAtEveryByte() throws IOException {
    byte[] whole = idx(IMAGES, new int[] {2, 2, 2}, new byte[8]);
    byte[] packed = gzip(whole);
    for (int length = 0; length < whole.length; length++) {
      Path file = write(folder, "cut", Arrays.copyOf(whole, length));
      assertRefused(() -> Idx.images(file), "cut: byte ");
    }
    for (int length = 0; length < packed.length; length++) {
      Path file = write(folder, "cut.gz", Arrays.copyOf(packed, length));
      assertRefused(() -> Idx.images(file), "cut.gz");
    }
  }

  @Test
  void refusesMoreBytesThanDeclared() throws IOException {
    byte[] longer = idx(LABELS, new int[] {2}, new byte[3]);
    Path plain = write(folder, "p", longer);
    assertRefused(() -> Idx.labels(plain), "byte 10", "after 2 values");
    Path packed = write(folder, "p.gz", gzip(longer));
    assertRefused(() -> Idx.labels(packed), "byte 10", "after 2 values");
  }

  @Test
  void refusesHeadersThatDeclareMoreThanTheFileHolds() throws IOException {
    int most = Integer.MAX_VALUE;
    int[][] shapes = {{most, 1, 1}, {most, most, most}, {60_000, 28, 28}, {1, most, 2}};
    for (int[] shape : shapes) {
      byte[] lie = idx(IMAGES, shape, new byte[100]);
      Path plain = write(folder, "lie", lie);
      assertRefused(() -> Idx.images(plain), "lie: byte 4", "declares", shape[0] + " x ");
      Path packed = write(folder, "lie.gz", gzip(lie));
      assertRefused(() -> Idx.images(packed), "lie.gz: byte 4", "declares");
    }
  }

  @Test
  void refusesEmptyAndNegativeDimensions() throws IOException {
    Path none = write(folder, "none", idx(IMAGES, new int[] {0, 28, 28}, new byte[0]));
    assertRefused(() -> Idx.images(none), "byte 4", "count", "found 0");
    Path flat = write(folder, "flat", idx(IMAGES, new int[] {1, 0, 28}, new byte[0]));
    assertRefused(() -> Idx.images(flat), "byte 8", "height", "found 0");
    Path negative = write(folder, "negative", idx(LABELS, new int[] {-1}, new byte[9]));
    assertRefused(() -> Idx.labels(negative), "byte 4", "4294967295");
  }

  @Test
  void refusesImagesAndLabelsThatDoNotBelongTogether() throws IOException {
    Path images = write(folder, "images", idx(IMAGES, new int[] {2, 1, 1}, new byte[2]));
    Path three = write(folder, "three", idx(LABELS, new int[] {3}, new byte[3]));
    assertRefused(() -> Idx.read("t", images, three, TWO), "three", "3 labels", "2 images");
    Path great = write(folder, "great", idx(LABELS, new int[] {2}, new byte[] {1, 2}));
    assertRefused(
        () -> Idx.read("t", images, great, TWO), "great: byte 9", "label 2", "classes 0 to 1");
  }

  @Test
  void readsAFolderWithTheClassesOfBothParts() throws IOException {
    write(folder, "train-images-idx3-ubyte", idx(IMAGES, new int[] {2, 2, 2}, new byte[8]));
    write(folder, "train-labels.idx1-ubyte", idx(LABELS, new int[] {2}, new byte[] {0, 1}));
    write(folder, "t10k-images-idx3-ubyte.gz", gzip(idx(IMAGES, new int[] {1, 2, 2}, new byte[4])));
    write(folder, "t10k-labels-idx1-ubyte", idx(LABELS, new int[] {1}, new byte[] {4}));
    TrainTest both = Idx.folder(folder);
    assertEquals(2, both.train().size());
    assertEquals(1, both.test().size());
    assertEquals(List.of("0", "1", "2", "3", "4"), both.train().classNames());
    write(folder, "t10k-images-idx3-ubyte.gz", gzip(idx(IMAGES, new int[] {1, 1, 4}, new byte[4])));
    assertRefused(() -> Idx.folder(folder), "t10k-images", "4 x 1", "2 x 2");
  }

  /// Letters 1 to 3 of EMNIST, which lie on their side, beside its digits.
  @Test
  void readsOneOfEmnistsSetsUpright() throws IOException {
    byte[] images = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};
    for (String set : List.of("emnist-letters", "emnist-digits")) {
      for (String part : List.of("train", "test")) {
        write(
            folder,
            set + "-" + part + "-images-idx3-ubyte.gz",
            gzip(idx(IMAGES, new int[] {2, 2, 3}, images)));
        byte[] labels = set.endsWith("letters") ? new byte[] {3, 1} : new byte[] {0, 1};
        write(
            folder,
            set + "-" + part + "-labels-idx1-ubyte.gz",
            gzip(idx(LABELS, new int[] {2}, labels)));
      }
    }
    assertRefused(() -> Idx.folder(folder), "several sets", "emnist-digits", "emnist-letters");
    TrainTest both = Idx.folder(folder.resolve("emnist-letters"), true);
    assertEquals(List.of("1", "2", "3"), both.train().classNames());
    assertArrayEquals(new int[] {2, 0}, both.test().labels());
    assertEquals(2, both.train().imageWidth());
    assertArrayEquals(new byte[] {1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16}, both.train().bytes());
    assertArrayEquals(images, Idx.folder(folder.resolve("emnist-letters")).train().bytes());
    assertRefused(() -> Idx.folder(folder.resolve("emnist-balanced")), "no such folder");
  }

  /// QMNIST's labels are rows of eight 32-bit numbers, of which the first is the class.
  @Test
  void readsLabelsInRows() throws IOException {
    ByteBuffer rows = ByteBuffer.allocate(2 * 8 * 4);
    rows.putInt(0, 7).putInt(4, 99).putInt(8 * 4, 0).putInt(8 * 4 + 4, -5);
    byte[] labels = idx(0x0C02, new int[] {2, 8}, rows.array());
    for (String part : List.of("train", "test")) {
      write(
          folder,
          "qmnist-" + part + "-images-idx3-ubyte.gz",
          gzip(idx(IMAGES, new int[] {2, 1, 1}, new byte[2])));
      write(folder, "qmnist-" + part + "-labels-idx2-int.gz", gzip(labels));
    }
    assertArrayEquals(new int[] {7, 0}, Idx.folder(folder).train().labels());
    for (int type : new int[] {0x08, 0x09, 0x0B, 0x0C}) {
      int bytes = type < 0x0A ? 1 : type == 0x0B ? 2 : 4;
      for (int columns = 1; columns < 4; columns++) {
        byte[] values = new byte[3 * columns * bytes];
        for (int row = 0; row < 3; row++) {
          values[row * columns * bytes + bytes - 1] = (byte) (row + 3);
        }
        Path file = write(folder, "l", idx(type << 8 | 2, new int[] {3, columns}, values));
        assertArrayEquals(new int[] {3, 4, 5}, Idx.labels(file), type + " " + columns);
      }
    }
    byte[] negative = idx(0x0C01, new int[] {1}, new byte[] {-1, -1, -1, -1});
    assertRefused(() -> Idx.labels(write(folder, "n", negative)), "label 0 is -1");
    byte[] lie = idx(0x0C02, new int[] {1 << 30, 1 << 30}, new byte[8]);
    assertRefused(() -> Idx.labels(write(folder, "lie", lie)), "declares");
    byte[] floats = idx(0x0D01, new int[] {1}, new byte[4]);
    assertRefused(() -> Idx.labels(write(folder, "f", floats)), "0x00000801", "0x00000d01");
  }

  @Test
  void refusesWhatIsMissingOrNoFile() {
    assertRefused(() -> Idx.images(folder.resolve("no")), "no: no such file");
    assertRefused(() -> Idx.images(folder), "is a folder");
    assertRefused(() -> Idx.folder(folder), "no file train-images-idx3-ubyte");
    assertRefused(() -> Idx.folder(folder.resolve("no")), "no such folder");
  }

  private static byte[] bytes(RandomGenerator random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
