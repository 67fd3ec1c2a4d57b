package dev.descent.cli.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The same ten digits in all forms that a picture file has: each gives the pixels that went in.
@Timeout(120)
class FormsTest {
  /// The side of a digit in a picture: blocks of 8 x 8 pixels, which JPEG keeps.
  private static final int SIDE = 28 * 8;

  private static final DataSet DIGITS = Digits.draw(10, 0, 77);

  @TempDir Path folder;

  private Grey read(byte[] picture) throws IOException {
    return Images.read(Files.write(folder.resolve("picture"), picture));
  }

  private DataException refused(byte[] picture) {
    DataException e = assertThrows(DataException.class, () -> read(picture));
    assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.toString());
    return e;
  }

  private void assertRefused(byte[] picture, String part) {
    String message = String.valueOf(refused(picture).getMessage());
    assertTrue(message.contains(part), message);
  }

  /// A digit's levels, each pixel as a block.
  private static int[] levels(int digit) {
    byte[] pixels = DIGITS.bytes();
    int[] levels = new int[SIDE * SIDE];
    Arrays.setAll(levels, i -> pixels[digit * 784 + i / SIDE / 8 * 28 + i % SIDE / 8] & 0xFF);
    return levels;
  }

  private static int[] samples(int channels, int[] levels, IntUnaryOperator... ofLevel) {
    int[] samples = new int[levels.length * channels];
    Arrays.setAll(samples, i -> ofLevel[i % channels].applyAsInt(levels[i / channels]));
    return samples;
  }

  private static void assertLevels(int[] expected, Grey actual, int tolerance, String what) {
    assertEquals(expected.length, actual.pixels().length, what);
    for (int i = 0; i < expected.length; i++) {
      int level = actual.pixels()[i] & 0xFF;
      if (Math.abs(level - expected[i]) > tolerance) {
        throw new AssertionError(
            "%s: pixel %d is %d, not %d".formatted(what, i, level, expected[i]));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16})
  void greyPng(int depth) throws IOException {
    int most = (1 << depth) - 1;
    for (int digit = 0; digit < 10; digit++) {
      int[] samples = samples(1, levels(digit), level -> (int) Math.round(level * most / 255.0));
      int[] expected =
          Arrays.stream(samples).map(s -> (int) Math.round(s * 255.0 / most)).toArray();
      for (boolean interlaced : new boolean[] {false, true}) {
        byte[] png = TestPictures.png(SIDE, SIDE, depth, TestPictures.GREY, interlaced, samples);
        assertLevels(expected, read(png), 0, digit + " in " + depth + " bits");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 2", "16, 2", "8, 4", "16, 4", "8, 6", "16, 6"})
  void colouredAndTransparentPng(int depth, int colourType) throws IOException {
    int unit = depth == 8 ? 1 : 257;
    boolean alpha = colourType != TestPictures.RGB;
    int colours = colourType == TestPictures.GREY_ALPHA ? 1 : 3;
    for (int digit = 0; digit < 10; digit++) {
      int[] levels = levels(digit);
      IntUnaryOperator[] ofLevel = new IntUnaryOperator[colours + (alpha ? 1 : 0)];
      for (int c = 0; c < colours; c++) {
        int channel = c;
        ofLevel[c] = level -> (level + 20 * channel) % 256 * unit;
      }
      if (alpha) {
        ofLevel[colours] = level -> (level * 7 + 90) % 256 * unit;
      }
      int[] samples = samples(ofLevel.length, levels, ofLevel);
      int[] expected = new int[levels.length];
      for (int i = 0; i < expected.length; i++) {
        double colour =
            colours == 1
                ? levels[i]
                : 0.299 * levels[i]
                    + 0.587 * ((levels[i] + 20) % 256)
                    + 0.114 * ((levels[i] + 40) % 256);
        double opacity = alpha ? (levels[i] * 7 + 90) % 256 / 255.0 : 1;
        expected[i] = (int) Math.round(255 + opacity * (colour - 255));
      }
      for (boolean interlaced : new boolean[] {false, true}) {
        byte[] png = TestPictures.png(SIDE, SIDE, depth, colourType, interlaced, samples);
        assertLevels(expected, read(png), 0, digit + " of type " + colourType);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void palettePng(int depth) throws IOException {
    int size = 1 << depth;
    byte[] palette = new byte[3 * size];
    new Random(depth).nextBytes(palette);
    byte[] chunk = TestPictures.chunk("PLTE", palette);
    for (int digit = 0; digit < 10; digit++) {
      int[] samples = samples(1, levels(digit), level -> level * (size - 1) / 255);
      int[] expected =
          Arrays.stream(samples)
              .map(s ->
                  (int)
                      Math.round(
                          0.299 * (palette[3 * s] & 0xFF)
                              + 0.587 * (palette[3 * s + 1] & 0xFF)
                              + 0.114 * (palette[3 * s + 2] & 0xFF)))
              .toArray();
      for (boolean interlaced : new boolean[] {false, true}) {
        byte[] png =
            TestPictures.png(SIDE, SIDE, depth, TestPictures.PALETTE, interlaced, samples, chunk);
        assertLevels(expected, read(png), 0, digit + " in a palette of " + size);
      }
    }
  }

  /// Forms of JPEG: how each channel comes from a grey level, and the markers that say so.
  private enum Jpeg {
    GREY(1),
    YCBCR(3, TestPictures.jfif()),
    YCBCR_OF_ADOBE(3, TestPictures.adobe(1)),
    YCBCR_WITHOUT_MARKER(3),
    YCBCR_WITH_EXIF(3, TestPictures.exif(TestPictures.tiff(1, ByteOrder.BIG_ENDIAN))),
    RGB(3, TestPictures.adobe(0)),
    CMYK(4),
    INVERTED_CMYK(4, TestPictures.adobe(0)),
    YCCK(4, TestPictures.adobe(2));

    private final int channels;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final byte[][] segments;

    Jpeg(int channels, byte[]... segments) {
      this.channels = channels;
      this.segments = segments;
    }

    private int[] samples(int[] levels) {
      IntUnaryOperator same = level -> level;
      IntUnaryOperator negative = level -> 255 - level;
      IntUnaryOperator middle = _ -> 128;
      // Half of the light is taken away by black ink.
      IntUnaryOperator half = _ -> 128;
      return switch (this) {
        case GREY -> levels;
        case YCBCR, YCBCR_OF_ADOBE, YCBCR_WITHOUT_MARKER, YCBCR_WITH_EXIF ->
            FormsTest.samples(3, levels, same, middle, middle);
        case RGB -> FormsTest.samples(3, levels, same, same, same);
        case CMYK -> FormsTest.samples(4, levels, negative, negative, negative, _ -> 127);
        case INVERTED_CMYK -> FormsTest.samples(4, levels, same, same, same, half);
        case YCCK -> FormsTest.samples(4, levels, negative, middle, middle, half);
      };
    }

    private int expected(int level) {
      return channels == 4 ? (int) Math.round(level * 128 / 255.0) : level;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void jpegInAllColours(boolean progressive) throws IOException {
    for (Jpeg form : Jpeg.values()) {
      for (int digit = 0; digit < 10; digit++) {
        int[] levels = levels(digit);
        byte[] jpeg =
            TestPictures.jpeg(
                SIDE, SIDE, form.channels, progressive, form.samples(levels), form.segments);
        int[] expected = Arrays.stream(levels).map(form::expected).toArray();
        assertLevels(expected, read(jpeg), 2, digit + " as " + form);
      }
    }
  }

  /// Colours too, through a decoder that is not ours: Java's own, where it is right.
  @Test
  void colouredJpegAsJavaReadsIt() throws IOException {
    BufferedImage picture = new BufferedImage(80, 48, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(3);
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 80; x++) {
        picture.setRGB(x, y, ((x * 3) << 16) | ((y * 5) << 8) | random.nextInt(256));
      }
    }
    var jpeg = new ByteArrayOutputStream();
    ImageIO.write(picture, "jpeg", jpeg);
    Path file = Files.write(folder.resolve("colours.jpeg"), jpeg.toByteArray());
    BufferedImage decoded = ImageIO.read(file.toFile());
    int[] expected = new int[80 * 48];
    for (int i = 0; i < expected.length; i++) {
      int rgb = decoded.getRGB(i % 80, i / 80);
      expected[i] =
          (int)
              Math.round(
                  0.299 * (rgb >> 16 & 0xFF) + 0.587 * (rgb >> 8 & 0xFF) + 0.114 * (rgb & 0xFF));
    }
    assertLevels(expected, Images.read(file), 0, "colours");
  }

  /// Ink of different colours, against the formula.
  @Test
  void colouredInkBecomesLight() throws IOException {
    int[][] inks = {{0, 0, 0, 0}, {255, 0, 0, 0}, {0, 255, 0, 0}, {0, 0, 255, 0}, {0, 0, 0, 255}};
    double[] light = {255, 0.701 * 255, 0.413 * 255, 0.886 * 255, 0};
    for (int i = 0; i < inks.length; i++) {
      int[] ink = inks[i];
      int[] plain = new int[64 * 4];
      int[] inverted = new int[64 * 4];
      Arrays.setAll(plain, j -> ink[j % 4]);
      Arrays.setAll(inverted, j -> 255 - ink[j % 4]);
      int[] expected = new int[64];
      Arrays.fill(expected, (int) Math.round(light[i]));
      assertLevels(expected, read(TestPictures.jpeg(8, 8, 4, false, plain)), 1, "ink " + i);
      assertLevels(
          expected,
          read(TestPictures.jpeg(8, 8, 4, false, inverted, TestPictures.adobe(0))),
          1,
          "inverted ink " + i);
    }
  }

  /// What EXIF calls each orientation (where the first row and the first column belong), with a
  /// picture that reads `abc` over `def` when upright.
  @ParameterizedTest
  @CsvSource({
    "1, abc/def",
    "2, cba/fed",
    "3, fed/cba",
    "4, def/abc",
    "5, ad/be/cf",
    "6, cf/be/ad",
    "7, fc/eb/da",
    "8, da/eb/fc"
  })
  void picturesStandUpright(int orientation, String stored) throws IOException {
    String[] rows = stored.split("/", -1);
    int width = rows[0].length() * 8;
    int height = rows.length * 8;
    int[] levels = new int[width * height];
    Arrays.setAll(levels, i -> 40 * (rows[i / width / 8].charAt(i % width / 8) - 'a'));
    int[] upright = new int[24 * 16];
    Arrays.setAll(upright, i -> 40 * ("abcdef".charAt(i / 24 / 8 * 3 + i % 24 / 8) - 'a'));
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      byte[] tiff = TestPictures.tiff(orientation, order);
      byte[] jpeg =
          TestPictures.jpeg(
              width, height, 1, false, levels, TestPictures.jfif(), TestPictures.exif(tiff));
      Grey fromJpeg = read(jpeg);
      assertEquals(24, fromJpeg.width());
      assertLevels(upright, fromJpeg, 2, "jpeg");
      byte[] png =
          TestPictures.png(
              width, height, 8, TestPictures.GREY, false, levels, TestPictures.chunk("eXIf", tiff));
      assertLevels(upright, read(png), 0, "png");
    }
  }

  @Test
  void anOrientationThatIsNoneIsPassedOver() throws IOException {
    int[] levels = new int[128];
    Arrays.setAll(levels, i -> i);
    for (int value : new int[] {0, 9, 255, -1}) {
      byte[] tiff = TestPictures.tiff(value, ByteOrder.BIG_ENDIAN);
      for (int length = 0; length <= tiff.length; length++) {
        byte[] cut = Arrays.copyOf(tiff, length);
        byte[] png =
            TestPictures.png(
                16, 8, 8, TestPictures.GREY, false, levels, TestPictures.chunk("eXIf", cut));
        assertLevels(levels, read(png), 0, value + " cut to " + length);
      }
    }
  }

  @Test
  void everyTruncatedFileIsRefused() throws IOException {
    int[] levels = new int[32 * 32];
    Random random = new Random(5);
    Arrays.setAll(levels, i -> random.nextInt(256));
    byte[] png = TestPictures.png(32, 32, 8, TestPictures.GREY, false, levels);
    for (byte[] whole :
        new byte[][] {
          png,
          TestPictures.jpeg(32, 32, 1, false, levels, TestPictures.jfif()),
          TestPictures.jpeg(32, 32, 1, true, levels, TestPictures.jfif())
        }) {
      assertEquals(1024, read(whole).pixels().length);
      for (int length = 0; length < whole.length; length += 1 + length / 50) {
        refused(Arrays.copyOf(whole, length));
      }
      refused(Arrays.copyOf(whole, whole.length - 1));
    }
  }

  @Test
  void wrongChecksumsOfPngAreNoticed() throws IOException {
    int[] levels = new int[32 * 32];
    byte[] png =
        TestPictures.png(
            32, 32, 8, TestPictures.GREY, false, levels, TestPictures.chunk("tEXt", new byte[9]));
    for (int i = 8; i < png.length; i++) {
      byte[] flipped = png.clone();
      flipped[i] ^= 4;
      refused(flipped);
    }
    png[29] ^= 1;
    assertRefused(png, "byte 8: chunk \"IHDR\" has a wrong checksum");
  }

  /// Right checksums around data that ends too early, or is none.
  @Test
  void dataThatDoesNotFillThePictureIsRefused() {
    byte[] half = TestPictures.deflated(new byte[33 * 16]);
    refused(TestPictures.png(32, 32, 8, TestPictures.GREY, false, half));
    refused(TestPictures.png(32, 32, 8, TestPictures.GREY, true, half));
    refused(TestPictures.png(32, 32, 8, TestPictures.GREY, false, new byte[0]));
    refused(TestPictures.png(32, 32, 8, TestPictures.GREY, false, new byte[500]));
  }

  @Test
  void aJpegWithDamagedDataIsRefused() throws IOException {
    int[] levels = new int[64 * 64];
    Random random = new Random(6);
    Arrays.setAll(levels, i -> random.nextInt(256));
    byte[] jpeg = TestPictures.jpeg(64, 64, 1, false, levels, TestPictures.jfif());
    byte[] short1 = Arrays.copyOf(jpeg, jpeg.length / 2);
    short1[short1.length - 2] = (byte) 0xFF;
    short1[short1.length - 1] = (byte) 0xD9;
    assertRefused(short1, "is a damaged picture: ");
  }

  @Test
  void picturesLargerThanTheirFilesAreRefusedAtOnce() throws IOException {
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          assertRefused(blank(1, 50_000_000, 8, TestPictures.GREY), "at most 65,535 a side");
          assertRefused(blank(7071, 7071, 16, TestPictures.RGBA), "suspiciously many");
          assertRefused(blank(65_535, 65_535, 1, TestPictures.GREY), "pictures of 1 to 50,000,000");
          byte[] few = TestPictures.deflated(new byte[33]);
          assertRefused(
              TestPictures.png(30_000, 1_500, 8, TestPictures.GREY, false, few), "can hold");
          assertRefused(
              TestPictures.png(-1, 8, 8, TestPictures.GREY, false, few), "4294967295 x 8");
          assertRefused(TestPictures.png(8, 0, 8, TestPictures.GREY, false, few), "8 x 0");
        });
  }

  private static byte[] blank(int width, int height, int depth, int type) throws IOException {
    var data = new ByteArrayOutputStream();
    long rowBytes = 1 + Math.ceilDiv((long) width * depth * TestPictures.channels(type), 8);
    try (var deflater = new java.util.zip.DeflaterOutputStream(data)) {
      byte[] piece = new byte[1 << 16];
      for (long rest = rowBytes * height; rest > 0; rest -= piece.length) {
        deflater.write(piece, 0, (int) Math.min(piece.length, rest));
      }
    }
    return TestPictures.png(width, height, depth, type, false, data.toByteArray());
  }

  /// A picture of 25 million pixels, read in steps of two, gives the levels of one read whole.
  @Test
  void largePicturesAreReadInSteps() throws IOException {
    Grey large = read(blank(5000, 5000, 1, TestPictures.GREY));
    assertEquals(2500, large.width());
    assertEquals(2500, large.height());
    assertEquals(0, large.at(2499, 2499));
    int[] levels = new int[3000 * 5600];
    Arrays.setAll(levels, i -> i % 3000 / 300 * 25);
    Grey stripes = read(TestPictures.png(3000, 5600, 8, TestPictures.GREY, false, levels));
    assertEquals(1500, stripes.width());
    byte[] small = stripes.fitted("", 10, 1, false, false);
    for (int i = 0; i < 10; i++) {
      assertEquals(25 * i, small[i] & 0xFF);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bmp", "gif", "wbmp"})
  void otherFormatsAreNamedAsSuch(String format) throws IOException {
    var out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_BINARY), format, out));
    assertRefused(out.toByteArray(), "neither PNG nor JPEG");
  }

  @Test
  @Timeout(20)
  void pipesAndDevicesAreRefusedAndLinksFollowed() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "there is no mkfifo");
    for (Path file : new Path[] {pipe, Path.of("/dev/zero")}) {
      DataException e = assertThrows(DataException.class, () -> Images.read(file));
      assertTrue(String.valueOf(e.getMessage()).contains("is a pipe or a device"), e.toString());
    }
    int[] levels = {1, 2, 3, 4};
    byte[] png = TestPictures.png(2, 2, 8, TestPictures.GREY, false, levels);
    Path file = Files.write(folder.resolve("real"), png);
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertLevels(levels, Images.read(link), 0, "through a link");
  }

  @Test
  void thumbnailsAndTrailersAreNoPartOfThePicture() throws IOException {
    int[] levels = new int[64];
    Arrays.fill(levels, 99);
    byte[] thumbnail = TestPictures.jpeg(8, 8, 1, false, new int[64]);
    byte[] tiff = TestPictures.tiff(1, ByteOrder.BIG_ENDIAN);
    byte[] exif =
        ByteBuffer.allocate(tiff.length + thumbnail.length).put(tiff).put(thumbnail).array();
    byte[] jpeg = TestPictures.jpeg(8, 8, 1, false, levels, TestPictures.exif(exif));
    byte[] longer = Arrays.copyOf(jpeg, jpeg.length + thumbnail.length);
    System.arraycopy(thumbnail, 0, longer, jpeg.length, thumbnail.length);
    assertLevels(levels, read(longer), 1, "with a thumbnail and a second picture");
  }
}
