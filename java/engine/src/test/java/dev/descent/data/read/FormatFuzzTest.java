package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.idx;
import static dev.descent.data.read.TestFiles.write;
import static dev.descent.data.read.TestFiles.zip;

import dev.descent.DataException;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damaged files of every format: they are read or refused, and nothing else happens.
@Timeout(120)
class FormatFuzzTest {
  private static final int RUNS = 400;

  @TempDir Path folder;

  private void fuzz(byte[] valid, Consumer<Path> reader) {
    Inputs.check(
        RUNS,
        random -> {
          byte[] bytes = valid;
          for (int i = random.nextInt(1, 4); i > 0; i--) {
            bytes = mutated(bytes, random);
          }
          Path file = write(folder, "fuzz", bytes);
          try {
            reader.accept(file);
          } catch (DataException e) {
            if (String.valueOf(e.getMessage()).lines().count() != 1) {
              throw new AssertionError("not one line", e);
            }
          }
        });
  }

  private static byte[] mutated(byte[] bytes, RandomGenerator random) {
    if (bytes.length == 0) {
      return bytes;
    }
    byte[] copy = bytes.clone();
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(6)) {
      case 0 -> {
        copy[at] ^= (byte) (1 << random.nextInt(8));
        yield copy;
      }
      case 1 -> {
        copy[at] = (byte) random.nextInt();
        yield copy;
      }
      case 2 -> Arrays.copyOf(bytes, at);
      case 3 -> inserted(bytes, at, Arrays.copyOfRange(bytes, at, bytes.length));
      case 4 -> inserted(bytes, at, new byte[random.nextInt(1, 300)]);
      default -> {
        // Where headers lie: lengths, counts, flags.
        int head = random.nextInt(Math.min(32, bytes.length));
        Arrays.fill(
            copy, head, Math.min(bytes.length, head + 4), (byte) (random.nextBoolean() ? -1 : 127));
        yield copy;
      }
    };
  }

  private static byte[] inserted(byte[] bytes, int at, byte[] piece) {
    byte[] result = new byte[bytes.length + piece.length];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(piece, 0, result, at, piece.length);
    System.arraycopy(bytes, at, result, at + piece.length, bytes.length - at);
    return result;
  }

  private static byte[] images() {
    return idx(0x803, new int[] {5, 4, 3}, new byte[60]);
  }

  private static String table() {
    return "label,pixel1,pixel2\r\n" + "0,255,1\n1,0,12.5\r\n2,1e-3,7\n".repeat(20);
  }

  @Test
  void idxImages() {
    fuzz(images(), Idx::images);
  }

  @Test
  void idxLabels() {
    fuzz(idx(0x801, new int[] {30}, new byte[30]), Idx::labels);
  }

  @Test
  void idxInGzip() throws IOException {
    fuzz(gzip(images()), Idx::images);
  }

  @Test
  void csv() {
    fuzz(table().getBytes(StandardCharsets.UTF_8), Csv::read);
  }

  @Test
  void csvInGzip() throws IOException {
    fuzz(gzip(table().getBytes(StandardCharsets.UTF_8)), Csv::read);
  }

  @Test
  void csvInZip() throws IOException {
    fuzz(zip("a/t.csv", table(), "u.txt", "?"), Csv::read);
  }

  @Test
  void contentThatExpandsOutOfAllProportionIsGivenUp() throws IOException {
    byte[] mebibyte = gzip("0,0,0,0\n".repeat(1 << 17).getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    for (int i = 0; i < 300; i++) {
      bomb.write(mebibyte);
    }
    Path file = write(folder, "bomb.gz", bomb.toByteArray());
    byte[] buffer = new byte[1 << 20];
    assertRefused(
        () -> {
          try (DataFile data = DataFile.open(file, null)) {
            while (data.read(buffer, 0, buffer.length) == buffer.length) {
              // On until it is refused.
            }
          }
        },
        "bomb.gz: unpacks to more than 268,435,456 bytes");
  }
}
