package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.testing.Inputs;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Photos of one's own, made here: lying and standing bars, dark on bright ground.
final class PhotoTest {
  private static final int GROUND = 200;
  private static final int INK = 40;
  private static final int SIDE = 16;

  @TempDir private static Path folder;
  private static Path model;

  /// A bar in the middle.
  private static BufferedImage bar(
      int width, int height, int kind, boolean standing, int ground, int ink, double shift) {
    var image = new BufferedImage(width, height, kind);
    Graphics2D pen = image.createGraphics();
    pen.setColor(new Color(ground, ground, ground));
    pen.fillRect(0, 0, width, height);
    pen.setColor(new Color(ink, ink, ink));
    int thick = Math.max(1, (standing ? width : height) / 4);
    int at = (int) ((standing ? width : height) * (0.375 + shift));
    if (standing) {
      pen.fillRect(at, height / 8, thick, height * 3 / 4);
    } else {
      pen.fillRect(width / 8, at, width * 3 / 4, thick);
    }
    pen.dispose();
    return image;
  }

  private static Path png(String name, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  /// A JPEG whose EXIF says where its first row and column belong.
  private static Path jpeg(String name, BufferedImage image, int orientation) throws IOException {
    var bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", bytes);
    byte[] plain = bytes.toByteArray();
    byte[] tag = {
      (byte) 0xFF,
      (byte) 0xE1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    var all = new ByteArrayOutputStream();
    all.write(plain, 0, 2);
    all.writeBytes(tag);
    all.write(plain, 2, plain.length - 2);
    Path file = folder.resolve(name);
    Files.write(file, all.toByteArray());
    return file;
  }

  @BeforeAll
  static void train() throws IOException {
    Inputs random = Inputs.of(7);
    int grey = BufferedImage.TYPE_BYTE_GRAY;
    for (int i = 0; i < 60; i++) {
      boolean standing = i % 2 == 0;
      double shift = random.nextInt(-1, 2) / 8.0;
      int ground = GROUND + random.nextInt(-20, 20);
      int ink = INK + random.nextInt(-20, 20);
      png(
          "bars/" + (standing ? "standing" : "lying") + "/" + i + ".png",
          bar(SIDE, SIDE, grey, standing, ground, ink, shift));
    }
    model = folder.resolve("bars.safetensors");
    Shell shell =
        Shell.run(
            "train",
            "images:" + folder.resolve("bars"),
            "--epochs",
            "30",
            "--batch",
            "8",
            "--model",
            "conv 4 3x3 same relu, pool 2, flatten",
            "--backend",
            "cpu",
            "--save",
            model.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
  }

  private static Shell predict(Object... words) {
    List<String> all = new ArrayList<>(List.of("predict", "--model", model.toString()));
    for (Object word : words) {
      all.add(word.toString());
    }
    Shell shell = Shell.run(all.toArray(String[]::new));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return shell;
  }

  private static void assertSees(String kind, Shell shell) {
    assertTrue(
        shell.out().lines().anyMatch(line -> line.contains(": " + kind + " (")), shell::toString);
  }

  @Test
  void largeSmallAndTransparentPhotosAreBroughtToSize() throws IOException {
    int colour = BufferedImage.TYPE_INT_RGB;
    Path large = jpeg("large.jpg", bar(4000, 3000, colour, true, GROUND, INK, 0), 1);
    assertSees("standing", predict(large));
    // Transparent paper is white.
    var transparent = new BufferedImage(90, 90, BufferedImage.TYPE_INT_ARGB);
    Graphics2D pen = transparent.createGraphics();
    pen.setColor(new Color(20, 20, 20, 255));
    pen.fillRect(10, 34, 70, 22);
    pen.dispose();
    assertSees("lying", predict(png("transparent.png", transparent)));
    Path point = png("point.png", bar(1, 1, colour, true, GROUND, INK, 0));
    Shell seen = predict(point);
    assertTrue(seen.out().contains("of less contrast than they are"), seen::toString);
  }

  /// The camera lay on its side: what EXIF says turns the picture back.
  @Test
  void photosAreTurnedUprightBeforeTheyAreSeen() throws IOException {
    int colour = BufferedImage.TYPE_INT_RGB;
    BufferedImage lying = bar(320, 240, colour, false, GROUND, INK, 0);
    assertSees("lying", predict(jpeg("plain.jpg", lying, 1)));
    for (int orientation : new int[] {5, 6, 7, 8}) {
      assertSees("standing", predict(jpeg("turned.jpg", lying, orientation)));
    }
    for (int orientation : new int[] {2, 3, 4}) {
      assertSees("lying", predict(jpeg("turned.jpg", lying, orientation)));
    }
  }

  @Test
  void aNegativeIsToldAndMended() throws IOException {
    int grey = BufferedImage.TYPE_BYTE_GRAY;
    Path right = png("right.png", bar(64, 64, grey, true, GROUND, INK, 0));
    assertFalse(predict(right).out().contains("warning"));
    Path negative = png("negative.png", bar(64, 64, grey, true, 255 - GROUND, 255 - INK, 0));
    Shell told = predict(negative);
    assertTrue(
        told.out().contains("warning: it is darker than the training pictures"), told::toString);
    assertTrue(
        told.out().contains("its negative would be like them, see --invert"), told::toString);
    Shell mended = predict(negative, "--invert");
    assertFalse(mended.out().contains("warning"), mended::toString);
    assertSees("standing", mended);
  }

  @Test
  void thePictureIsShownAsTheNetworkSeesIt() throws IOException {
    int grey = BufferedImage.TYPE_BYTE_GRAY;
    Path photo = png("shown.png", bar(64, 64, grey, true, 255, 0, 0));
    Path page = folder.resolve("seen.html");
    Shell shell = predict(photo, "--show", "--report", page);
    List<String> drawn = shell.lines().stream().filter(l -> l.matches("[@ ]{16}")).toList();
    // Sixteen rows, two to a line; the bar is a quarter wide and three quarters high.
    assertEquals("@@@@@@    @@@@@@", drawn.get(3), shell::toString);
    assertEquals(6, drawn.stream().filter("@@@@@@    @@@@@@"::equals).count(), shell::toString);
    String html = Files.readString(page);
    assertTrue(html.contains("standing ("), html);
    assertTrue(html.contains("data:image/png"), html);
    assertFalse(predict(photo).out().contains("@@@"));
  }
}
