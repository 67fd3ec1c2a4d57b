package dev.descent.data.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// NumPy's files, against files that NumPy wrote.
final class NumpyTest {
  /// `np.savez_compressed` of `x`, the bytes 0 to 5 as 3 x 2, and of `y`, 1, 2 and 1.
  private static final String NPZ =
      "UEsDBC0AAAAIAAAAIQAb+n1h//////////8FABQAeC5ucHkBABAAhgAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQ"
          + "rZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgZGJmYW"
          + "VgBQSwMELQAAAAgAAAAhAMGWcMz//////////wUAFAB5Lm5weQEAEACYAAAAAAAAAEwAAAAAAAAAm+wX6hsQ"
          + "ychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALkYG"
          + "CGCC0jA+AFBLAQItAy0AAAAIAAAAIQAb+n1hTAAAAIYAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIt"
          + "Ay0AAAAIAAAAIQDBlnDMTAAAAJgAAAAFAAAAAAAAAAAAAACAAYMAAAB5Lm5weVBLBQYAAAAAAgACAGYAAAAG"
          + "AQAAAAA=";

  private final Inputs inputs = Inputs.fresh();
  @TempDir private Path folder;

  private static List<String[]> numpys() throws IOException {
    try (InputStream in = NumpyTest.class.getResourceAsStream("numpy.txt")) {
      String all =
          new String(
              Objects.requireNonNull(in, "numpy.txt").readAllBytes(), StandardCharsets.UTF_8);
      return all.lines().map(line -> line.split("\t", -1)).toList();
    }
  }

  @Test
  void whatNumPyWroteIsRead() throws IOException {
    for (String[] line : numpys()) {
      NumpyArray array = Numpy.read(write("a.npy", Base64.getDecoder().decode(line[4])));
      String what = line[0];
      assertEquals(line[1], array.type(), what);
      String shape = array.shape().replaceAll("[(),]+", " ").strip().replaceAll(" +", "x");
      assertEquals(line[2], shape.isEmpty() ? "-" : shape, what);
      String[] elements = line[3].equals("-") ? new String[0] : line[3].split(",", -1);
      assertEquals(elements.length, array.size(), what);
      for (int i = 0; i < elements.length; i++) {
        String wanted = elements[i].replaceAll("^b'(.*)'$", "$1");
        switch (wanted) {
          case "True" -> assertEquals(1, array.number(i), what);
          case "False" -> assertEquals(0, array.number(i), what);
          default -> {
            if (array.isText()) {
              assertEquals(wanted, array.text(i), what);
            } else {
              assertEquals(Double.parseDouble(wanted), array.number(i), what + " " + i);
            }
          }
        }
      }
    }
  }

  /// Each beginning of a file, and a file with something behind.
  @Test
  void aFileOfAnotherLengthIsRefused() throws IOException {
    byte[] whole = Base64.getDecoder().decode(numpys().getFirst()[4]);
    for (int length = 0; length < whole.length; length++) {
      Path cut = write("cut.npy", Arrays.copyOf(whole, length));
      DataException e = assertThrows(DataException.class, () -> Numpy.read(cut));
      assertTrue(String.valueOf(e.getMessage()).contains("cut.npy"), e::getMessage);
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "more bytes follow");
  }

  @Test
  void whatIsNoArrayOfNumbersIsRefusedByItsName() throws IOException {
    refused("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects");
    refused("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", "complex numbers");
    refused("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }", "M8[ns]");
    refused("{'descr': '|V8', 'fortran_order': False, 'shape': (1,), }", "raw bytes");
    refused("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", "floating point");
    refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "records");
    refused(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "shape");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }", "2 GiB");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 0), }", "too large");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000,), }", "at most 4 follow");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "shape");
    refused("{'descr': '<f4', 'fortran_order': False}", "header");
    refused("{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}", "header");
    refused("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "header");
    refused("{" + " ".repeat(60_000) + "'descr'", "header");
    refused("{a:b}", "header");
    refused("{}", "header");
    refused("{", "header");
    refused("", "header");
    refused(
        "{'shape': (" + "1,".repeat(100) + "), 'descr': '<f4', 'fortran_order': True}", "shape");
    byte[] file = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }");
    file[6] = 9;
    assertRefused(file, "version 9.0");
    byte[] endless = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1};
    assertRefused(endless, "4,294,967,295 bytes");
    assertRefused("PK, a text".getBytes(StandardCharsets.US_ASCII), "other bytes");
  }

  private static byte[] file(String header) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    byte[] file = new byte[10 + text.length + 4];
    System.arraycopy(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}, 0, file, 0, 8);
    file[8] = (byte) text.length;
    file[9] = (byte) (text.length >>> 8);
    System.arraycopy(text, 0, file, 10, text.length);
    return file;
  }

  private void refused(String header, String reason) throws IOException {
    assertRefused(file(header), reason);
  }

  private void assertRefused(byte[] file, String reason) throws IOException {
    Path path = write("refused.npy", file);
    DataException e = assertThrows(DataException.class, () -> Numpy.read(path));
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e::getMessage);
  }

  /// A byte anywhere in the header is another: read, or refused by a DataException.
  @Tag("anyLocale")
  @Test
  void damagedHeadersAreNoCrash() throws IOException {
    for (String[] line : numpys().subList(0, 4)) {
      byte[] whole = Base64.getDecoder().decode(line[4]);
      for (int at = 0; at < 128; at++) {
        byte[] damaged = whole.clone();
        damaged[at] = (byte) inputs.nextInt(256);
        Path path = write("damaged.npy", damaged);
        try {
          assertTrue(Numpy.read(path).size() >= 0);
        } catch (DataException e) {
          assertTrue(String.valueOf(e.getMessage()).contains("damaged.npy"), e::getMessage);
        }
      }
    }
  }

  /// An archive whose directory names the same bytes, which unpack to 8 MB, forty times.
  @Tag("anyLocale")
  @Test
  void entriesThatShareBytesAreNoBomb() throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(packed)) {
      zip.putNextEntry(new ZipEntry("a00.npy"));
      Path zeros = folder.resolve("zeros.npy");
      Numpy.write(zeros, NumpyArray.of(new float[2 << 20], 2 << 20));
      zip.write(Files.readAllBytes(zeros));
    }
    byte[] bytes = packed.toByteArray();
    int end = bytes.length - ZipFile.ENDHDR;
    ByteBuffer tail = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int start = tail.getInt(end + ZipFile.ENDOFF);
    var shared = new ByteArrayOutputStream();
    shared.write(bytes, 0, start);
    int count = 40;
    for (int i = 0; i < count; i++) {
      bytes[start + ZipFile.CENHDR + 1] = (byte) ('0' + i / 10);
      bytes[start + ZipFile.CENHDR + 2] = (byte) ('0' + i % 10);
      shared.write(bytes, start, end - start);
    }
    tail.putShort(end + ZipFile.ENDSUB, (short) count);
    tail.putShort(end + ZipFile.ENDTOT, (short) count);
    tail.putInt(end + ZipFile.ENDSIZ, count * (end - start));
    shared.write(bytes, end, ZipFile.ENDHDR);
    Path file = Files.write(folder.resolve("shared.npz"), shared.toByteArray());
    var e = assertThrows(DataException.class, () -> Numpy.readAll(file));
    assertTrue(e.getMessage().startsWith(file + ": unpacks to more than 268,435,456 bytes"));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    float[] values = inputs.uniform(24, -3, 3);
    Path file = folder.resolve("out.npy");
    Numpy.write(file, NumpyArray.of(values, 4, 6));
    NumpyArray read = Numpy.read(file);
    assertEquals("(4, 6)", read.shape());
    assertArrayEquals(values, read.floats());
    var arrays = new TreeMap<String, NumpyArray>();
    arrays.put("é", NumpyArray.of(new double[] {1, Double.NaN}, 2));
    arrays.put("b", NumpyArray.of(new byte[] {-1, 5}, 1, 2));
    arrays.put("i", NumpyArray.of(new int[] {Integer.MIN_VALUE}, 1));
    Path packed = folder.resolve("out.npz");
    Numpy.writeAll(packed, arrays);
    var again = Numpy.readAll(packed);
    assertEquals(List.of("b", "i", "é"), new ArrayList<>(again.keySet()));
    assertEquals(Double.NaN, again.get("é").number(1));
    assertEquals(255, again.get("b").number(0));
    assertEquals(Integer.MIN_VALUE, again.get("i").number(0));
    assertThrows(IllegalArgumentException.class, () -> NumpyArray.of(new float[5], 2, 3));
  }

  /// The bytes that NumPy writes for the same array.
  @Test
  void whatIsWrittenIsWhatNumPyWrites() throws IOException {
    for (String[] line : numpys()) {
      if (line[0].equals("one")) {
        Path file = folder.resolve("one.npy");
        Numpy.write(file, NumpyArray.of(new int[] {7}, 1));
        assertEquals(line[4], Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
      }
    }
  }

  @Test
  void answersFromOneHaveNoGhostClass() throws IOException {
    NumpyData data = NumpyData.read(write("d.npz", Base64.getDecoder().decode(NPZ)));
    assertNull(data.test());
    assertEquals(List.of("1", "2"), data.train().classNames());
    assertArrayEquals(new int[] {0, 1, 0}, data.train().labels());
    assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5}, data.train().bytes());
  }

  @Test
  void arraysOfAFolderBecomeDataSets() {
    byte[] pixels = new byte[4 * 2 * 3];
    Numpy.write(folder.resolve("x_train.npy"), NumpyArray.of(pixels, 4, 2, 3));
    Numpy.write(folder.resolve("y_train.npy"), NumpyArray.of(new int[] {5, 7, 5, 9}, 4, 1));
    Numpy.write(folder.resolve("x_test.npy"), NumpyArray.of(new byte[6], 1, 2, 3));
    Numpy.write(folder.resolve("y_test.npy"), NumpyArray.of(new int[] {9}, 1));
    NumpyData data = NumpyData.read(folder);
    assertEquals(3, data.train().imageWidth());
    assertEquals(List.of("5", "7", "9"), data.train().classNames());
    DataSet test = Objects.requireNonNull(data.test(), "test");
    assertArrayEquals(new int[] {2}, test.labels());
    assertEquals(6, NumpyData.features(folder.resolve("x_test.npy")).features());
    Numpy.write(folder.resolve("y_test.npy"), NumpyArray.of(new int[] {4}, 1));
    DataException e = assertThrows(DataException.class, () -> NumpyData.read(folder));
    assertTrue(String.valueOf(e.getMessage()).contains("no class of the training data: 5, 7, 9"));
    Numpy.write(folder.resolve("y_test.npy"), NumpyArray.of(new int[] {9, 9}, 2));
    assertThrows(DataException.class, () -> NumpyData.read(folder));
  }

  @Test
  void colourPicturesOneHotRowsAndTargets() {
    Numpy.write(folder.resolve("x.npy"), NumpyArray.of(new byte[2 * 4 * 5 * 3], 2, 4, 5, 3));
    Numpy.write(folder.resolve("y.npy"), NumpyArray.of(new float[] {0, 1, 0, 1, 0, 0}, 2, 3));
    DataSet data = NumpyData.read(folder).train();
    assertArrayEquals(new int[] {1, 0}, data.labels());
    assertEquals(3, data.outputs());
    assertEquals("pictures of 5 x 4 x 3", data.preparation().orElseThrow().inputs().toString());
    Numpy.write(folder.resolve("y.npy"), NumpyArray.of(new float[] {0.5f, 2}, 2));
    DataSet targets = NumpyData.read(folder).train();
    assertArrayEquals(new float[] {0.5f, 2}, targets.targets());
    Numpy.write(folder.resolve("x.npy"), NumpyArray.of(new float[] {1, Float.NaN}, 2, 1));
    assertThrows(DataException.class, () -> NumpyData.read(folder));
    DataException alone =
        assertThrows(DataException.class, () -> NumpyData.read(folder.resolve("x.npy")));
    assertTrue(String.valueOf(alone.getMessage()).contains("as x and y"), alone::getMessage);
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }
}
