package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.internal.format.Png;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// The engine's PNG files, read by the JDK's reader: here, since the engine knows no desktop.
final class PngTest {
  @Test
  void anotherReaderSeesTheSamePixels() throws Exception {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int[] size :
        new int[][] {{1, 1}, {28, 28}, {1, 300}, {257, 2}, {random.nextInt(1, 90), 33}}) {
      int offset = random.nextInt(5);
      byte[] pixels = new byte[offset + size[0] * size[1] + random.nextInt(3)];
      random.nextBytes(pixels);
      BufferedImage read =
          ImageIO.read(new ByteArrayInputStream(Png.grey(pixels, offset, size[0], size[1])));
      assertEquals(size[0], read.getWidth());
      assertEquals(size[1], read.getHeight());
      for (int i = 0; i < size[0] * size[1]; i++) {
        assertEquals(
            pixels[offset + i] & 0xFF,
            read.getRaster().getSample(i % size[0], i / size[0], 0),
            "pixel " + i + ", seed " + seed);
      }
    }
  }

  @Test
  void whatIsNotThereIsNoPicture() {
    assertThrows(IllegalArgumentException.class, () -> Png.grey(new byte[3], 0, 2, 2));
    assertThrows(IllegalArgumentException.class, () -> Png.grey(new byte[4], 1, 2, 2));
    assertThrows(IllegalArgumentException.class, () -> Png.grey(new byte[4], 0, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> Png.grey(new byte[4], 0, 1 << 16, 1 << 16));
  }
}
