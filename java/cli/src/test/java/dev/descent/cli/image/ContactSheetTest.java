package dev.descent.cli.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
  @TempDir Path folder;

  @Test
  void showsEachImageEnlargedWithItsName() throws IOException {
    DataSet data =
        DataSet.images(
            "t",
            new byte[] {0, (byte) 255, 100, 7, 1, 2, 3, 4, 5, 6, 7, 8},
            2,
            2,
            new int[] {0, 1, 0},
            List.of("I", "long name"));
    Path file = folder.resolve("sheet.png");
    ContactSheet.write(file, data, new int[] {0, 1, 2}, 2);
    BufferedImage sheet = ImageIO.read(file.toFile());
    assertEquals(2 * 60 + 4, sheet.getWidth());
    assertEquals(2 * (56 + 8 + 7) + 4, sheet.getHeight());
    // Pixels are 28 wide from (4, 4) on; the second image begins at x = 64, the third at y = 75.
    assertEquals(0, level(sheet, 4, 4));
    assertEquals(255, level(sheet, 4 + 55, 4));
    assertEquals(100, level(sheet, 4, 4 + 55));
    assertEquals(1, level(sheet, 64, 4));
    assertEquals(8, level(sheet, 4 + 55, 75 + 55));
    // The I's upper bar.
    assertEquals(230, level(sheet, 4 + 2, 4 + 56 + 2));
    assertEquals(48, level(sheet, 4, 4 + 56 + 2));
  }

  private static int level(BufferedImage sheet, int x, int y) {
    return sheet.getRaster().getSample(x, y, 0);
  }

  @Test
  void everySampleFits() {
    DataSet digits = Digits.draw(1, 0, 23);
    BufferedImage sheet = ContactSheet.render(digits, IntStream.range(0, 23).toArray(), 10);
    assertEquals(10 * 60 + 4, sheet.getWidth());
    assertEquals(3 * 71 + 4, sheet.getHeight());
  }

  @Test
  void refusesWhatHasNoPicture() {
    DataSet numbers = DataSet.classes("t", new float[4], 2, new int[2], List.of("a"));
    assertThrows(DescentException.class, () -> ContactSheet.render(numbers, new int[] {0}, 1));
    DataSet digits = Digits.draw(1, 0, 1);
    assertThrows(IllegalArgumentException.class, () -> ContactSheet.render(digits, new int[0], 1));
    assertThrows(DescentException.class, () -> ContactSheet.render(digits, new int[50_000], 10));
    DescentException e =
        assertThrows(
            DescentException.class,
            () -> ContactSheet.write(folder.resolve("no/x.png"), digits, new int[1], 1));
    assertTrue(String.valueOf(e.getMessage()).contains("can't write"), e.getMessage());
  }
}
