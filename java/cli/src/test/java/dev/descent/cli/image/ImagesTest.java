package dev.descent.cli.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {
  @TempDir Path folder;

  private Path save(BufferedImage image, String format) {
    try {
      Path file = folder.resolve("image." + format);
      assertTrue(ImageIO.write(image, format, file.toFile()));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage ofArgb(int width, int height, int type, int... argb) {
    BufferedImage image = new BufferedImage(width, height, type);
    image.setRGB(0, 0, width, height, argb, 0, width);
    return image;
  }

  private byte[] load(BufferedImage image) {
    return load(save(image, "png"), image.getWidth(), image.getHeight(), false, false);
  }

  private static byte[] load(Path file, int width, int height, boolean invert, boolean centre) {
    return Images.read(file).fitted(file.toString(), width, height, invert, centre);
  }

  private static void assertRefused(Executable loading, String part) {
    String message = String.valueOf(assertThrows(DataException.class, loading).getMessage());
    assertTrue(message.contains(part) && message.lines().count() == 1, message);
  }

  private static void assertLevels(byte[] actual, int... expected) {
    int[] levels = new int[actual.length];
    Arrays.setAll(levels, i -> actual[i] & 0xFF);
    assertArrayEquals(expected, levels);
  }

  @Test
  void coloursBecomeLuminanceAndTransparencyPaper() {
    int[] colours = {0xFFFF0000, 0xFF00FF00, 0xFF0000FF, 0xFFFFFFFF};
    // 0.299, 0.587 and 0.114 of 255.
    assertLevels(load(ofArgb(4, 1, BufferedImage.TYPE_INT_RGB, colours)), 76, 150, 29, 255);
    int[] seeThrough = {0xFF000000, 0x80000000, 0x00000000, 0xFF404040};
    assertLevels(load(ofArgb(4, 1, BufferedImage.TYPE_INT_ARGB, seeThrough)), 0, 127, 255, 64);
  }

  @Test
  void greyLevelsStayWhatTheyAre() {
    BufferedImage grey = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage deep = new BufferedImage(256, 1, BufferedImage.TYPE_USHORT_GRAY);
    int[] expected = new int[256];
    for (int i = 0; i < 256; i++) {
      grey.getRaster().setSample(i, 0, 0, i);
      deep.getRaster().setSample(i, 0, 0, i * 257);
      expected[i] = i;
    }
    assertLevels(load(grey), expected);
    assertLevels(load(deep), expected);
  }

  @Test
  void palettesAndSingleBitsAreRead() {
    byte[] levels = {0, 100, (byte) 200, (byte) 255};
    IndexColorModel palette = new IndexColorModel(2, 4, levels, levels, levels);
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
    WritableRaster raster = image.getRaster();
    for (int i = 0; i < 4; i++) {
      raster.setSample(i, 0, 0, i);
    }
    assertLevels(load(image), 0, 100, 200, 255);
    BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
    bits.getRaster().setSample(1, 0, 0, 1);
    assertLevels(load(bits), 0, 255);
  }

  @Test
  void scalingAveragesAreas() {
    BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, 4, 2, new int[] {4, 10, 100, 200, 20, 30, 100, 0});
    Path file = save(image, "png");
    assertLevels(load(file, 2, 1, false, false), 16, 100);
    assertLevels(load(file, 2, 1, true, false), 239, 155);
    // Three of four: the first is a whole column and a third of the next.
    assertLevels(load(file, 3, 1, false, false), 14, 60, 100);
    byte[] taller = load(file, 4, 4, false, false);
    assertLevels(Arrays.copyOf(taller, 8), 4, 10, 100, 200, 4, 10, 100, 200);
  }

  @Test
  void jpegIsRead() {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    image.createGraphics().fillRect(0, 0, 64, 64);
    assertLevels(load(save(image, "jpeg"), 1, 1, true, false), 0);
  }

  @Test
  void centringPutsInkWhereMnistHasIt() {
    // A dark bar on uneven paper, far from the middle.
    BufferedImage paper = new BufferedImage(400, 300, BufferedImage.TYPE_BYTE_GRAY);
    Random random = new Random(1);
    for (int y = 0; y < 300; y++) {
      for (int x = 0; x < 400; x++) {
        boolean ink = x >= 20 && x < 40 && y >= 30 && y < 130;
        paper.getRaster().setSample(x, y, 0, ink ? 20 : 215 + random.nextInt(15));
      }
    }
    byte[] image = load(save(paper, "png"), 28, 28, true, true);
    for (int y = 0; y < 28; y++) {
      for (int x = 0; x < 28; x++) {
        boolean ink = x >= 12 && x < 16 && y >= 4 && y < 24;
        int level = image[y * 28 + x] & 0xFF;
        assertTrue(ink ? level > 240 : level < 10, x + ", " + y + ": " + level);
      }
    }
    assertRefused(() -> load(save(paper, "png"), 28, 28, false, true), "invert");
    BufferedImage empty = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_GRAY);
    assertRefused(() -> load(save(empty, "png"), 28, 28, true, true), "nothing bright");
  }

  @Test
  void centringKeepsAnEnlargedDigit() {
    DataSet digits = Digits.draw(4, 0, 20);
    for (int i = 0; i < digits.size(); i++) {
      BufferedImage large = new BufferedImage(300, 300, BufferedImage.TYPE_BYTE_GRAY);
      byte[] digit = Arrays.copyOfRange(digits.bytes(), i * 784, (i + 1) * 784);
      for (int y = 0; y < 280; y++) {
        for (int x = 0; x < 280; x++) {
          large.getRaster().setSample(x + 20, y, 0, digit[y / 10 * 28 + x / 10] & 0xFF);
        }
      }
      byte[] back = load(save(large, "png"), 28, 28, false, true);
      assertTrue(correlation(digit, back) > 0.6, "digit " + i + ": " + correlation(digit, back));
    }
  }

  private static double correlation(byte[] a, byte[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] & 0xFF) * (double) (b[i] & 0xFF);
      aa += (a[i] & 0xFF) * (double) (a[i] & 0xFF);
      bb += (b[i] & 0xFF) * (double) (b[i] & 0xFF);
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void hugePicturesAreRefusedByTheirHeader() throws IOException {
    byte[] png =
        Files.readAllBytes(save(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), "png"));
    ByteBuffer header = ByteBuffer.wrap(png);
    header.putInt(16, 1_000_000).putInt(20, 1_000_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    header.putInt(29, (int) crc.getValue());
    Path bomb = Files.write(folder.resolve("bomb.png"), png);
    assertRefused(() -> load(bomb, 28, 28, false, false), "1000000 x 1000000");
  }

  @Test
  void whatIsNoPictureIsRefused() throws IOException {
    assertRefused(() -> load(folder.resolve("no"), 2, 2, false, false), "no such file");
    assertRefused(() -> load(folder, 2, 2, false, false), "is a folder");
    Path text = Files.writeString(folder.resolve("text.png"), "hello");
    assertRefused(() -> load(text, 2, 2, false, false), "neither PNG nor JPEG");
    Path empty = Files.write(folder.resolve("empty.png"), new byte[0]);
    assertRefused(() -> load(empty, 2, 2, false, false), "neither PNG nor JPEG");
    Path good = save(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), "png");
    assertThrows(IllegalArgumentException.class, () -> load(good, 0, 2, false, false));
  }

  @Test
  @Timeout(60)
  void damagedPicturesAreReadOrRefused() throws IOException {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 1200; i++) {
      image.setRGB(i % 40, i / 40, i * 7919);
    }
    for (String format : new String[] {"png", "jpeg"}) {
      ByteArrayOutputStream valid = new ByteArrayOutputStream();
      ImageIO.write(image, format, valid);
      for (int seed = 0; seed < 300; seed++) {
        Random random = new Random(seed);
        byte[] bytes = valid.toByteArray();
        for (int i = random.nextInt(4); i >= 0; i--) {
          bytes[random.nextInt(random.nextBoolean() ? 64 : bytes.length)] = (byte) random.nextInt();
        }
        bytes = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
        Path file = Files.write(folder.resolve("fuzz"), bytes);
        try {
          assertEquals(784, load(file, 28, 28, false, false).length);
        } catch (DataException e) {
          assertFalse(String.valueOf(e.getMessage()).contains("\n"), "seed " + seed);
        } catch (RuntimeException e) {
          throw new AssertionError(format + " with seed " + seed, e);
        }
      }
    }
  }
}
