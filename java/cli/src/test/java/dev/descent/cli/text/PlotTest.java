package dev.descent.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.text.Thumbnails.Image;
import dev.descent.cli.text.Thumbnails.Ink;
import dev.descent.internal.page.TextWidth;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class PlotTest {
  private static final Letters ASCII = new Letters(StandardCharsets.US_ASCII);
  private static final Letters UNICODE = new Letters(StandardCharsets.UTF_8);

  @Test
  void aStraightLineFallsFromCornerToCorner() {
    List<String> lines = plot(ASCII, false, 40, new double[] {2, 1});
    assertEquals("loss", lines.getFirst());
    assertEquals(11, lines.size());
    assertTrue(lines.get(1).startsWith("  2.0000 |*"), String.join("\n", lines));
    assertTrue(lines.get(9).matches("  1.0000 \\| +\\*+ \\* training"), String.join("\n", lines));
    assertTrue(lines.get(10).matches(" {10}1 +2"), lines.get(10));
    int before = -1;
    for (int row = 1; row <= 9; row++) {
      int first = lines.get(row).indexOf('*');
      assertTrue(first > before, String.join("\n", lines));
      before = first;
    }
  }

  @Test
  void brailleHasTheSameShapeInFinerDots() {
    List<String> lines = plot(UNICODE, false, 40, new double[] {2, 1});
    // The first dot is the upper left one of its letter.
    assertTrue(lines.get(1).startsWith("  2.0000 │"), String.join("\n", lines));
    assertTrue((lines.get(1).charAt(10) & 0x01) != 0, String.join("\n", lines));
    assertTrue(lines.get(9).endsWith(" training"), String.join("\n", lines));
    // The last dot is the lower right one of its letter.
    char last = lines.get(9).charAt(lines.get(9).indexOf(" training") - 1);
    assertTrue((last & 0x80) != 0, String.join("\n", lines));
  }

  @Test
  void twoCurvesAreToldApart() {
    double[] falling = {2, 1, .5, .2};
    double[] rising = {1.5, 1.2, 1.6, 1.9};
    String ascii = String.join("\n", plot(ASCII, false, 60, falling, rising));
    assertTrue(ascii.contains("* training") && ascii.contains("o validation"), ascii);
    String colours = String.join("\n", plot(UNICODE, true, 60, falling, rising));
    assertTrue(colours.contains("\u001B[36mtraining\u001B[0m"), colours);
    assertTrue(colours.contains("\u001B[33mvalidation\u001B[0m"), colours);
    String plain = String.join("\n", plot(UNICODE, false, 60, falling, rising));
    // The dots differ: where nothing else tells the curves apart, one is dotted.
    assertEquals(outline(plain), outline(colours));
  }

  private static List<String> outline(String plot) {
    return plot.replaceAll("\u001B\\[[0-9]*m", "")
        .replaceAll("[\u2800-\u28FF ]+", " ")
        .lines()
        .map(String::stripTrailing)
        .toList();
  }

  @Test
  void nothingIsDrawnOfNothing() {
    assertEquals(List.of(), plot(UNICODE, false, 80));
    assertEquals(List.of(), plot(UNICODE, false, 80, new double[0]));
    assertEquals(List.of(), plot(UNICODE, false, 80, new double[] {1}));
    assertEquals(List.of(), plot(UNICODE, false, 80, new double[] {Double.NaN, 1, Double.NaN}));
    assertEquals(List.of(), plot(UNICODE, false, 20, new double[] {2, 1}));
  }

  @Test
  void oddCurvesNeitherFailNorLeaveTheWidth() {
    long seed = Long.getLong("descent.seed", System.nanoTime());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    double[] odd = {
      Double.NaN,
      Double.POSITIVE_INFINITY,
      0,
      -1,
      1e308,
      -1e308,
      1e-308,
      1,
      1 + 1e-15,
      Double.MIN_VALUE
    };
    for (int i = 0; i < 3000; i++) {
      double[] first = new double[random.nextInt(40)];
      double[] second = new double[first.length];
      for (int j = 0; j < first.length; j++) {
        first[j] = random.nextInt(4) == 0 ? odd[random.nextInt(odd.length)] : random.nextDouble();
        second[j] = random.nextInt(4) == 0 ? odd[random.nextInt(odd.length)] : random.nextDouble();
      }
      int width = 1 + random.nextInt(140);
      boolean colours = random.nextBoolean();
      Letters letters = random.nextBoolean() ? ASCII : UNICODE;
      for (String line : plot(letters, colours, width, first, second)) {
        String seen = line.replaceAll("\u001B\\[[0-9]*m", "");
        assertTrue(TextWidth.of(seen) <= width, () -> "seed " + seed + ", " + width + ": " + seen);
        assertTrue(letters.have(line), line);
      }
    }
  }

  @Test
  void imagesAreDrawnWithEachInk() {
    // Two images of 2 x 3 pixels, the second a negative of the first.
    byte[] pixels = {
      (byte) 255, 0, 0, (byte) 255, (byte) 255, (byte) 255, 0, (byte) 255, (byte) 255, 0, 0, 0
    };
    List<Image> images = List.of(new Image(pixels, 0, 2, 3), new Image(pixels, 6, 2, 3));
    assertEquals(List.of("▀▄  ▄▀", "██"), Thumbnails.lines(images, Ink.BLOCKS));
    // A pixel below the last row is as the one above it.
    assertEquals(List.of("==  ==", "@@"), trimmed(Thumbnails.lines(images, Ink.SHADES)));
    String greys = String.join("\n", Thumbnails.lines(images, Ink.GREYS));
    assertTrue(greys.startsWith("\u001B[38;5;255;48;5;232m▀\u001B[38;5;232;48;5;255m▀\u001B[0m  "));
    assertEquals(2, Thumbnails.fitting(28, 58));
    assertEquals(1, Thumbnails.fitting(28, 57));
    assertEquals(0, Thumbnails.fitting(100, 80));
  }

  @Test
  void theInkIsTheBestThatCanBeShown() {
    assertEquals(Ink.GREYS, Ink.of(true, true, UNICODE));
    assertEquals(Ink.BLOCKS, Ink.of(true, false, UNICODE));
    assertEquals(Ink.SHADES, Ink.of(true, true, ASCII));
    assertEquals(Ink.SHADES, Ink.of(false, false, UNICODE));
  }

  private static List<String> trimmed(List<String> lines) {
    return lines.stream().map(String::stripTrailing).toList();
  }

  private static List<String> plot(
      Letters letters, boolean colours, int width, double[]... values) {
    List<Plot.Curve> curves = new ArrayList<>();
    for (double[] each : values) {
      curves.add(new Plot.Curve(curves.isEmpty() ? "training" : "validation", each));
    }
    return Plot.lines("loss", curves, width, letters, colours);
  }
}
