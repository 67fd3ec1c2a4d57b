package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.write;
import static dev.descent.data.read.TestFiles.zip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.data.known.Asl;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {
  private static final String PIXELS = "label,pixel1,pixel2,pixel3,pixel4\n";

  @TempDir Path folder;

  private DataSet read(String text) throws IOException {
    return read(text, CsvOptions.defaults());
  }

  private DataSet read(String text, CsvOptions options) throws IOException {
    return Csv.read(write(folder, "t.csv", text), options);
  }

  private void refused(String text, String... parts) {
    refused(text, CsvOptions.defaults(), parts);
  }

  private void refused(String text, CsvOptions options, String... parts) {
    assertRefused(() -> read(text, options), parts);
  }

  @Test
  void readsPixelsAsBytes() throws IOException {
    DataSet data = read(PIXELS + "1,0,127,128,255\n0,1,2,3,4\n");
    assertTrue(data.isBytes());
    assertArrayEquals(new byte[] {0, 127, -128, -1, 1, 2, 3, 4}, data.bytes());
    assertArrayEquals(new int[] {1, 0}, data.labels());
    assertEquals(2, data.imageWidth());
    assertEquals(List.of("0", "1"), data.classNames());
  }

  @Test
  void lineEndsMarksQuotesAndSpacesDoNotMatter() throws IOException {
    byte[] expected = {1, 2, 3, 4, 5, 6, 7, 8};
    String[] texts = {
      "label,pixel1,pixel2,pixel3,pixel4\r\n0,1,2,3,4\r\n1,5,6,7,8\r\n",
      "label,pixel1,pixel2,pixel3,pixel4\n0,1,2,3,4\r\n1,5,6,7,8",
      "\uFEFFlabel,pixel1,pixel2,pixel3,pixel4\n0,1,2,3,4\n1,5,6,7,8\n\n\r\n",
      "\"label\",\"pixel1\",\"pixel2\",\"pixel3\",\"pixel4\"\n\"0\",\"1\",2,3,4\n1, 5 ,6,7,8\r\n",
      "label,1x1,1x2,2x1,2x2\n0,1,2,3.0,4\n1,5,6,7,8e0\n",
    };
    for (String text : texts) {
      assertArrayEquals(expected, read(text).bytes(), text);
    }
  }

  @Test
  void readsGzipAndZip() throws IOException {
    String text = PIXELS + "0,1,2,3,4\n";
    byte[] expected = {1, 2, 3, 4};
    Path gz = write(folder, "anything", gzip(text.getBytes(UTF_8)));
    assertArrayEquals(expected, Csv.read(gz).bytes());
    Path one = write(folder, "one.zip", zip("a/t.csv", text, "readme.md", "?"));
    assertArrayEquals(expected, Csv.read(one).bytes());
    Path two = write(folder, "two.zip", zip("a/t.csv", text, "u.csv", "?"));
    assertArrayEquals(expected, Csv.read(two, CsvOptions.defaults().withZipEntry("t.csv")).bytes());
    assertRefused(() -> Csv.read(two), "two.zip", "a/t.csv, u.csv");
    assertRefused(
        () -> Csv.read(two, CsvOptions.defaults().withZipEntry("v.csv")), "no entry v.csv");
    Path empty = write(folder, "empty.zip", zip());
    assertRefused(() -> Csv.read(empty), "no files");
  }

  @Test
  void tellsHeadersFromValues() throws IOException {
    assertEquals(2, read("0,1.5\n1,2.5\n").size());
    assertEquals(1, read("class,value\n1,2.5\n").size());
    assertEquals(1, read("label,0,1\n1,2.5,3\n").size());
    CsvOptions absent = CsvOptions.defaults().withHeader(CsvOptions.Header.ABSENT);
    CsvOptions present = CsvOptions.defaults().withHeader(CsvOptions.Header.PRESENT);
    assertEquals(1, read("0,1\n1,2\n", present).size());
    refused("a,b\n1,2\n", absent, "row 1, column 2", "'b'");
    refused("1,x,3,4\n1,2,3,4\n", "row 1", "column 2", "'x'");
    refused("1,nan\n1,2\n", "row 1, column 2", "'nan'");
  }

  @Test
  void findsTheLabelColumn() throws IOException {
    assertArrayEquals(new int[] {1, 0}, read("a,Label,b\n9,1,9\n9,0,9\n").labels());
    assertArrayEquals(
        new int[] {1, 0},
        read("a,k\n9,1\n9,0\n", CsvOptions.defaults().withLabelColumn("k")).labels());
    assertArrayEquals(
        new int[] {1, 0}, read("9,1\n9,0\n", CsvOptions.defaults().withLabelColumn(1)).labels());
    refused("a,b\n1,2\n", CsvOptions.defaults().withLabelColumn("c"), "no column", "'c'");
    refused("a,a\n1,2\n", CsvOptions.defaults().withLabelColumn("a"), "more than one");
    refused("1,2\n", CsvOptions.defaults().withLabelColumn("a"), "no header");
    refused("1,2\n", CsvOptions.defaults().withLabelColumn(2), "column 3", "2 columns");
  }

  @Test
  void decidesBetweenBytesAndFloats() throws IOException {
    assertFalse(read("label,a\n0,1\n").isBytes());
    assertFalse(read(PIXELS + "0,1,2,3,4\n0,1,2,3,0.5\n").isBytes());
    assertArrayEquals(
        new float[] {1, 2, 3, 255, 1, 2, 256, 4},
        read(PIXELS + "0,1,2,3,255\n0,1,2,256,4\n").floats());
    CsvOptions bytes = CsvOptions.defaults().withValues(CsvOptions.Values.BYTES);
    CsvOptions floats = CsvOptions.defaults().withValues(CsvOptions.Values.FLOATS);
    assertTrue(read("label,a\n0,1\n", bytes).isBytes());
    assertFalse(read(PIXELS + "0,1,2,3,4\n", floats).isBytes());
    String image =
        IntStream.rangeClosed(0, 256).mapToObj(i -> "1").collect(Collectors.joining(","));
    assertEquals(16, read(image).imageWidth());
    for (String bad : new String[] {"256", "-1", "0.5", "1e3"}) {
      refused("label,a\n0," + bad + "\n", bytes, "row 2, column 'a'", "0 to 255", bad);
    }
  }

  @Test
  void closesGapsBetweenLabels() throws IOException {
    DataSet data = read("label,a\n7,1\n2,1\n7,1\n100,1\n");
    assertArrayEquals(new int[] {1, 0, 1, 2}, data.labels());
    assertEquals(List.of("2", "7", "100"), data.classNames());
  }

  @Test
  void keepsToGivenClasses() throws IOException {
    CsvOptions named = CsvOptions.defaults().withClasses(List.of("x", "y", "z"));
    assertEquals(3, read("label,a\n0,1\n2,1\n", named).outputs());
    refused("label,a\n0,1\n3,1\n", named, "row 3", "label 3", "classes 0 to 2");
    CsvOptions asl = Asl.options("unused");
    String row = ",1,2,3,4\n";
    DataSet data = read(PIXELS + "0" + row + "8" + row + "10" + row + "24" + row, asl);
    assertArrayEquals(new int[] {0, 8, 9, 23}, data.labels());
    assertEquals("ABCDEFGHIKLMNOPQRSTUVWXY", String.join("", data.classNames()));
    for (String label : new String[] {"9", "25", "2147483647"}) {
      refused(PIXELS + "0" + row + label + row, asl, "row 3", label, "0-8, 10-24");
    }
  }

  @Test
  void namesTheFirstFault() {
    refused(PIXELS + "0,1,2,3\n", "t.csv: row 2", "expected 5 columns, found 4");
    refused(PIXELS + "0,1,2,3,4\n0,1,2,3,4,5\n", "row 3", "expected 5 columns, found 6");
    refused(PIXELS + "0,1,2,3,4\n\n \t\n0,1,2,x,4\n", "row 5, column 'pixel3'");
    String[] bad = {"NaN", "", "inf", "1e999", "abc", "1f", "0x10", "--1", "1.2.3", "1e", "+"};
    for (String value : bad) {
      String shown = value.isEmpty() ? "nothing" : "'" + value + "'";
      refused(PIXELS + "0,1,2,3,4\n0,1," + value + ",3,4\n", "row 3, column 'pixel2'", shown);
    }
    refused("label,a\n1,1\n,1\n", "row 3, column 'label'", "a label, found nothing");
    refused("label,a\n1,1\nNA,1\n", "row 3, column 'label'", "a label, found 'NA'");
  }

  @Test
  void refusesWhatIsNoTable() throws IOException {
    refused("", "is empty");
    refused("\n", "is empty");
    refused("label,a\n", "no rows");
    refused("label\n1\n", "one column");
    assertEquals(1, read("label;a\n1;2\n").size());
    assertEquals(1, read("label;a\n1;2\n", CsvOptions.defaults().withDelimiter(';')).size());
    assertEquals(1, read("label\ta\n1\t2\n", CsvOptions.defaults().withDelimiter('\t')).size());
    assertRefused(() -> Csv.read(folder.resolve("no.csv")), "no.csv: no such file");
  }

  @Test
  void namesInQuotesMayHoldLineEnds() throws IOException {
    for (String end : new String[] {"\n", "\r\n"}) {
      DataSet data =
          read("\"the" + end + "label\",\"a \"\"b\"\"\",c" + end + "1,2,3" + end + "0,4,5" + end);
      assertArrayEquals(new int[] {1, 0}, data.labels());
      assertArrayEquals(new float[] {2, 3, 4, 5}, data.floats());
    }
    refused("\"a\n\nb\",c\n1,2\n1,x\n", "row 5, column 'c'", "'x'");
    refused("c,\"a\nb\"\n1,2\n1,x\n", "row 4, column 'a\\nb'", "'x'");
    refused("label,\"a\n1,2\n", "row 1: a quote is never closed");
    refused("label,\"a" + ",1".repeat(100_000) + "\n1,2\n", "a quote is never closed");
    String name = "long\n".repeat(50_000);
    assertEquals(2, read("label,\"" + name + "\"\n0,1\n1,2\n").size());
  }

  @Test
  void saysWhatIsWrongWithOtherTextsAndBinaries() throws IOException {
    for (var charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      Path file = write(folder, "wide.csv", "label,a\n1,2\n".getBytes(charset));
      assertRefused(() -> Csv.read(file), "wide.csv: ", "UTF-16", "save it as UTF-8");
    }
    Path binary = write(folder, "binary", new byte[] {'P', 'A', 'R', '2', 21, 4, ',', 7, '\n'});
    assertRefused(() -> Csv.read(binary), "byte 4: expected text, found the byte 21");
  }

  /// Rows of two digits make a table much larger than their text.
  @Test
  void whatATableTakesIsInProportionToAnArchive() throws IOException {
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.writeBytes(gzip("label,a\n".getBytes(UTF_8)));
    byte[] member = gzip("0,0\n".repeat(1 << 20).getBytes(UTF_8));
    for (int i = 0; i < 36; i++) {
      members.writeBytes(member);
    }
    byte[] packed = members.toByteArray();
    Path file = write(folder, "rows.gz", packed);
    // 144 MiB of text, of values and of labels: nothing that a limit on the text notices.
    long most = Math.max(256L << 20, 200L * packed.length);
    Allocation.assertAtMost(
        most + (16 << 20),
        "rows",
        () -> assertRefused(() -> Csv.read(file), "rows.gz: takes more than 268,435,456 bytes"));
  }

  @Test
  void entryNamesAreHarmlessAndShort() throws IOException {
    String evil = "../\u001b[2J" + "n".repeat(10_000) + ".csv";
    Path two = write(folder, "two.zip", zip(evil, "label,a\n1,x\n", evil + "2.csv", "?"));
    assertRefused(() -> Csv.read(two), "two.zip", "../\\u001b[2Jnnn");
    Path one = write(folder, "one.zip", zip(evil, "label,a\n1,1\n1,x\n"));
    assertRefused(() -> Csv.read(one), "one.zip!../\\u001b[2Jnnn", "row 3");
    assertTrue(Files.notExists(folder.resolve("..").resolve("evil")));
  }

  @Test
  void severalGzipMembersAreOneContentAndACutOneIsNoticed() throws IOException {
    byte[] first = gzip("label,a\n0,1\n".getBytes(UTF_8));
    byte[] second = gzip("1,2\n0,3\n".getBytes(UTF_8));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertEquals(3, Csv.read(write(folder, "both.gz", both)).size());
    for (int length = 1; length < both.length; length++) {
      if (length != first.length) {
        Path cut = write(folder, "cut.gz", Arrays.copyOf(both, length));
        assertRefused(() -> Csv.read(cut), "cut.gz: ");
      }
    }
  }

  @Test
  void pipesAndDevicesAreRefused() {
    assertRefused(() -> Csv.read(Path.of("/dev/zero")), "/dev/zero: is a pipe or a device");
    assertRefused(() -> Csv.read(folder), "is a folder, not a file");
  }

  @Test
  void refusesLinesWithoutEnd() throws IOException {
    byte[] zeros = new byte[17 << 20];
    Path plain = write(folder, "zeros", zeros);
    assertRefused(() -> Csv.read(plain), "row 1", "longer than 16,777,216 bytes");
    Path packed = write(folder, "zeros.gz", gzip(zeros));
    assertRefused(() -> Csv.read(packed), "row 1", "longer than 16,777,216 bytes");
  }

  @Test
  void readsLinesAcrossBufferEnds() {
    Inputs.check(
        20,
        random -> {
          int columns = random.nextInt(1, 2000);
          int rows = random.nextInt(1, 20);
          StringBuilder text = new StringBuilder("label");
          for (int i = 0; i < columns; i++) {
            text.append(",v").append(i);
          }
          float[] expected = new float[rows * columns];
          for (int i = 0; i < expected.length; i++) {
            text.append(i % columns == 0 ? (random.nextBoolean() ? "\n1" : "\r\n1") : "");
            expected[i] =
                switch (random.nextInt(3)) {
                  case 0 -> random.nextInt(100_000_000);
                  case 1 -> Math.round(random.nextGaussian() * 10_000) / 10_000f;
                  default -> Float.intBitsToFloat(random.nextInt(0x7f800000));
                };
            text.append(',');
            text.append(
                expected[i] == (int) expected[i] && expected[i] > 0
                    ? Long.toString((long) expected[i])
                    : Float.toString(expected[i]));
          }
          assertArrayEquals(expected, read(text.toString()).floats());
        });
  }

  @Test
  void optionsAreChecked() {
    CsvOptions options = CsvOptions.defaults();
    for (char bad : "0a.-+\"\n\u00e9".toCharArray()) {
      assertThrows(IllegalArgumentException.class, () -> options.withDelimiter(bad));
    }
    assertThrows(
        IllegalArgumentException.class, () -> options.withClasses(List.of(1, 1), List.of()));
    assertThrows(IllegalArgumentException.class, () -> options.withClasses(List.of(-1), List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> options.withClasses(List.of(1), List.of("a", "b")));
  }
}
