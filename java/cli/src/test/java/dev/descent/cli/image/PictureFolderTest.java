package dev.descent.cli.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of pictures as data sets.
final class PictureFolderTest {
  private static final PictureFolder.Form GREY = new PictureFolder.Form(0, 0, 1);

  private record Parts(DataSet train, @Nullable DataSet validation, @Nullable DataSet test) {}

  private static Parts read(Path folder, PictureFolder.Form form, int limit) {
    PictureFolder pictures = PictureFolder.open(folder, form, limit, (done, all) -> {});
    return new Parts(pictures.read(), pictures.readValidation(), pictures.readTest());
  }

  @TempDir private Path folder;

  private void grey(String name, int width, int height, int level) throws IOException {
    int[] samples = new int[width * height];
    Arrays.fill(samples, level);
    write(name, TestPictures.png(width, height, 8, TestPictures.GREY, false, samples));
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, content);
  }

  @Test
  void aFolderIsAClass() throws IOException {
    grey("b/1.png", 3, 2, 10);
    grey("b/2.PNG", 3, 2, 20);
    grey("a/deep/er/1.png", 3, 2, 30);
    grey("ä c/1.png", 3, 2, 40);
    Parts parts = read(folder, GREY, Integer.MAX_VALUE);
    assertNull(parts.test());
    DataSet data = parts.train();
    assertEquals(List.of("a", "b", "ä c"), data.classNames());
    assertEquals(3, data.imageWidth());
    assertEquals(2, data.imageHeight());
    // One of each class, then the next.
    assertArrayEquals(new int[] {0, 1, 2, 1}, data.labels());
    for (int i = 0; i < 4; i++) {
      assertEquals(new int[] {30, 10, 40, 20}[i], data.bytes()[i * 6 + 5]);
    }
    DataSet first = read(folder, GREY, 3).train();
    assertArrayEquals(new int[] {0, 1, 2}, first.labels());
  }

  @Test
  void partsHaveTheClassesOfTheFirst() throws IOException {
    String[][] parts = {
      {"train", "test"},
      {"train", "val"},
      {"Training", "Testing"},
      {"TRAIN", "Valid"},
      {"training", "validation"}
    };
    for (String[] two : parts) {
      grey(two[0] + "/cat/1.png", 4, 4, 1);
      grey(two[0] + "/dog/1.png", 4, 4, 2);
      grey(two[1] + "/dog/1.png", 4, 4, 3);
      Parts read = read(folder, GREY, 9);
      assertEquals(2, read.train().size());
      boolean test = two[1].startsWith("t") || two[1].startsWith("T");
      assertEquals(test, read.validation() == null);
      DataSet judged = Objects.requireNonNull(test ? read.test() : read.validation());
      assertArrayEquals(new int[] {1}, judged.labels());
      assertEquals(List.of("cat", "dog"), judged.classNames());
      grey(two[1] + "/cow/1.png", 4, 4, 3);
      refused("cow: there is no such class", "cat, dog");
      delete(folder.resolve(two[0]));
      delete(folder.resolve(two[1]));
    }
  }

  @Test
  void aFolderMayHaveThreeParts() throws IOException {
    int level = 1;
    for (String part : List.of("train", "val", "test")) {
      grey(part + "/cat/1.png", 4, 4, level++);
      grey(part + "/dog/1.png", 4, 4, level++);
    }
    grey("val/dog/2.png", 4, 4, level);
    Parts read = read(folder, GREY, 9);
    assertEquals(2, read.train().size());
    assertEquals(3, Objects.requireNonNull(read.validation()).size());
    assertEquals(2, Objects.requireNonNull(read.test()).size());
  }

  private static void delete(Path tree) throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Different sizes, and large ones, are brought to 32 x 32, or to what was asked for.
  @Test
  void sizesAreBroughtToOne() throws IOException {
    grey("a/1.png", 100, 50, 7);
    grey("b/1.png", 20, 70, 9);
    DataSet data = read(folder, GREY, 9).train();
    assertEquals(32 * 32, data.features());
    assertEquals(7, data.bytes()[0]);
    assertEquals(9, data.bytes()[32 * 32]);
    PictureFolder.Form form = new PictureFolder.Form(6, 5, 3);
    DataSet colour = read(folder, form, 9).train();
    assertEquals(6 * 5 * 3, colour.features());
    assertEquals("pictures of 6 x 5 x 3", colour.preparation().orElseThrow().inputs().toString());
    grey("b/1.png", 100, 50, 9);
    assertEquals(32, read(folder, GREY, 9).train().imageWidth());
  }

  @Test
  void coloursAreKeptPixelByPixel() throws IOException {
    int[] samples = {255, 0, 0, 0, 255, 0, 1, 2, 3, 9, 8, 7};
    write("a/1.png", TestPictures.png(2, 2, 8, TestPictures.RGB, false, samples));
    grey("b/1.png", 2, 2, 77);
    DataSet data = read(folder, new PictureFolder.Form(0, 0, 3), 9).train();
    for (int i = 0; i < samples.length; i++) {
      assertEquals(samples[i], data.bytes()[i] & 0xFF);
      assertEquals(77, data.bytes()[samples.length + i]);
    }
  }

  /// White ink on nothing is seen; so is black, on white as ever.
  @Test
  void inkInTheAlphaChannelIsSeen() throws IOException {
    for (int type : new int[] {TestPictures.GREY_ALPHA, TestPictures.RGBA}) {
      int channels = type == TestPictures.RGBA ? 4 : 2;
      for (int ink : new int[] {255, 0}) {
        int[] samples = new int[4 * channels];
        Arrays.fill(samples, ink);
        int[] opacity = {0, 255, 128, 0};
        for (int i = 0; i < 4; i++) {
          samples[i * channels + channels - 1] = opacity[i];
        }
        write("x.png", TestPictures.png(2, 2, 8, type, false, samples));
        Grey read = Images.read(folder.resolve("x.png"));
        for (int i = 0; i < 4; i++) {
          assertEquals(ink == 255 ? opacity[i] : 255 - opacity[i], read.pixels()[i] & 0xFF);
        }
      }
    }
  }

  @Test
  void whatIsNoPictureIsPassedOver() throws IOException {
    grey("a/1.png", 2, 2, 1);
    grey("b/1.png", 2, 2, 1);
    write("a/.DS_Store", new byte[9]);
    write("a/._1.png", new byte[9]);
    write("a/Thumbs.db", new byte[9]);
    write("a/notes.txt", new byte[9]);
    write("README.md", new byte[9]);
    grey(".hidden/1.png", 2, 2, 1);
    grey("__MACOSX/1.png", 2, 2, 1);
    assertEquals(2, read(folder, GREY, 9).train().size());
  }

  @Test
  void linksAreFollowedButNotInCircles() throws IOException {
    grey("a/1.png", 2, 2, 1);
    grey("elsewhere/2.png", 2, 2, 2);
    Path data = folder.resolve("data");
    Files.createDirectories(data.resolve("a"));
    Files.copy(folder.resolve("a/1.png"), data.resolve("a/1.png"));
    Files.createSymbolicLink(data.resolve("b"), folder.resolve("elsewhere"));
    Files.createSymbolicLink(data.resolve("a/up"), data);
    Files.createSymbolicLink(data.resolve("a/self"), data.resolve("a"));
    DataSet read = read(data, GREY, 99).train();
    assertEquals(List.of("a", "b"), read.classNames());
    Files.createSymbolicLink(data.resolve("a/gone.png"), folder.resolve("gone.png"));
    DataException e = assertThrows(DataException.class, () -> read(data, GREY, 99));
    assertTrue(String.valueOf(e.getMessage()).contains("gone.png"), e::getMessage);
  }

  @Test
  void whatCanNotBeLearnedFromIsRefused() throws IOException {
    refused("no class");
    grey("a/1.png", 2, 2, 1);
    refused("one class alone");
    Files.createDirectories(folder.resolve("b"));
    refused("b: holds no pictures");
    write("b/1.jpg", new byte[] {1, 2, 3});
    refused("1.jpg");
    Files.delete(folder.resolve("b/1.jpg"));
    write("b/1.webp", new byte[9]);
    refused("1.webp: is neither PNG nor JPEG");
    Files.delete(folder.resolve("b/1.webp"));
    byte[] whole = TestPictures.png(2, 2, 8, TestPictures.GREY, false, new int[4]);
    write("b/1.png", Arrays.copyOf(whole, whole.length - 20));
    refused("1.png");
    DataException missing =
        assertThrows(DataException.class, () -> read(folder.resolve("no"), GREY, 9));
    assertTrue(String.valueOf(missing.getMessage()).contains("no such folder"));
  }

  private void refused(String... parts) {
    DataException e = assertThrows(DataException.class, () -> read(folder, GREY, 9));
    for (String part : parts) {
      assertTrue(String.valueOf(e.getMessage()).contains(part), e::getMessage);
    }
  }
}
