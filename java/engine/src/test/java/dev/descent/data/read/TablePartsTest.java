package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.write;
import static dev.descent.data.read.TestFiles.zip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Splits;
import dev.descent.data.read.CsvOptions.Scaling;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Parts of a table, which share one array; and the memory that reading takes.
final class TablePartsTest {
  private static final CsvOptions PLAIN = CsvOptions.defaults().withMissing(Missing.value(-1));

  @TempDir Path folder;

  /// A model that is trained further keeps its inputs; its answers where they are those of the file.
  @Test
  void ownAnswersAreThoseOfTheFile() throws IOException {
    CsvOptions options =
        CsvOptions.defaults().withScaling(Scaling.STANDARD).withLabelColumn("answer");
    Path file = write(folder, "old.csv", "a,answer\n1,x\n2,y\n3,z\n7,x\n5,y\n6,z\n");
    Preparation known = new TableReader(options).read("old", file).preparation().orElseThrow();
    // Fewer classes in another order are those of the model.
    Path fewer = write(folder, "fewer.csv", "answer,a\nz,1\nx,2\nz,5\nx,4\n");
    CsvOptions later = options.withLabelColumn("answer");
    DataSet same = new TableReader(later).ownAnswers().read("f", fewer, known, true);
    assertEquals(known, same.preparation().orElseThrow());
    assertArrayEquals(new int[] {2, 0, 2, 0}, same.labels());
    assertEquals(known.classNames(), same.classNames());
    List<DataSet> parts =
        new TableReader(later).ownAnswers().split("f", fewer, List.of(0.5, 0.5), 7, known);
    List<DataSet> fixed = new TableReader(later).split("f", fewer, List.of(0.5, 0.5), 7, known);
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(fixed.get(i).floats(), parts.get(i).floats());
      assertArrayEquals(fixed.get(i).labels(), parts.get(i).labels());
    }
    // Others are not.
    Path others = write(folder, "others.csv", "answer,a\nu,1\nx,2\nu,5\nx,4\n");
    DataSet other = new TableReader(later).ownAnswers().read("o", others, known, true);
    assertEquals(List.of("u", "x"), other.classNames());
    assertEquals(known.inputs(), other.preparation().orElseThrow().inputs());
    assertRefused(() -> new TableReader(later).read("o", others, known, true), "label u");
    // Target values, whose mean is that of the training part.
    CsvOptions price =
        CsvOptions.defaults().withScaling(Scaling.STANDARD).withTargets(List.of("price"));
    Path prices = write(folder, "prices.csv", "price,a\n10,1\n20,2\n30,3\n40,7\n50,5\n60,6\n");
    List<DataSet> values =
        new TableReader(price).ownAnswers().split("p", prices, List.of(0.5, 0.5), 7, known);
    Preparation found = values.getFirst().preparation().orElseThrow();
    assertEquals(known.inputs(), found.inputs());
    float sum = 0;
    for (float value : values.getFirst().targets()) {
      sum += value;
    }
    assertEquals(0, sum, 1e-6);
    assertRefused(
        () ->
            new TableReader(CsvOptions.defaults().withLabelColumn("a"))
                .ownAnswers()
                .read("p", prices, known, true),
        "column 'a' is what the model learned from");
  }

  /// Each row of a part is that row of the whole table, and each is in one part.
  @Test
  void partsHaveTheRowsOfTheWhole() {
    Inputs.check(
        20,
        random -> {
          int rows = random.nextInt(3, 300);
          int texts = random.nextInt(1, 9);
          boolean classified = random.nextBoolean();
          StringBuilder text = new StringBuilder("id,a,text,b,answer\n");
          for (int row = 0; row < rows; row++) {
            text.append(row).append(',');
            text.append(random.nextInt(5) == 0 ? "" : Integer.toString(random.nextInt(900)));
            text.append(",t").append(random.nextInt(texts));
            text.append(',').append(random.nextInt(1000) * 0.25).append(',');
            text.append(random.nextInt(4)).append('\n');
          }
          Path file = write(folder, "t.csv", text.toString());
          CsvOptions options =
              classified
                  ? PLAIN.withLabelColumn("answer")
                  : PLAIN.withTargets(List.of("answer", "b"));
          List<Double> shares = random.nextBoolean() ? List.of(0.6, 0.4) : List.of(0.5, 0.2, 0.3);
          DataSet whole = new TableReader(options).read("t", file);
          Preparation kept = whole.preparation().orElseThrow();
          for (Preparation preparation : new Preparation[] {null, kept}) {
            List<DataSet> parts = new TableReader(options).split("t", file, shares, 7, preparation);
            int[] seen = new int[rows];
            List<int[]> expected =
                Splits.cut("t", rows, classified ? whole.labels() : null, shares, 7);
            for (int p = 0; p < parts.size(); p++) {
              DataSet part = parts.get(p);
              assertEquals(whole.preparation(), part.preparation());
              for (int i = 0; i < part.size(); i++) {
                float[] row = part.row(i);
                int id = (int) row[0];
                assertEquals(expected.get(p)[i], id);
                seen[id]++;
                assertArrayEquals(whole.row(id), row);
                if (classified) {
                  assertEquals(whole.labels()[id], part.labels()[i]);
                } else {
                  assertEquals(whole.targets()[2 * id], part.targets()[2 * i]);
                  assertEquals(whole.targets()[2 * id + 1], part.targets()[2 * i + 1]);
                }
              }
              assertArrayEquals(
                  part.floats(), part.memory().toArray(ValueLayout.JAVA_FLOAT), "both views");
              assertEquals(part.size() * part.features(), part.floats().length);
            }
            assertTrue(Arrays.stream(seen).allMatch(count -> count == 1));
          }
        });
  }

  @Test
  void pixelsAreCutToo() throws IOException {
    StringBuilder text = new StringBuilder("label,pixel0,pixel1,pixel2,pixel3\n");
    for (int row = 0; row < 50; row++) {
      text.append(row % 2).append(',').append(row).append(",1,255,0\n");
    }
    Path file = write(folder, "p.csv", text.toString());
    List<DataSet> parts =
        new TableReader(CsvOptions.defaults().withScaling(Scaling.AUTO))
            .split("p", file, List.of(0.5, 0.25, 0.25), 1, null);
    int[] seen = new int[50];
    for (DataSet part : parts) {
      assertTrue(part.isBytes());
      byte[] bytes = part.bytes();
      assertArrayEquals(bytes, part.memory().toArray(ValueLayout.JAVA_BYTE));
      for (int i = 0; i < part.size(); i++) {
        seen[bytes[4 * i]]++;
        assertEquals(bytes[4 * i] % 2, part.labels()[i]);
        assertEquals((byte) 255, bytes[4 * i + 2]);
      }
    }
    assertTrue(Arrays.stream(seen).allMatch(count -> count == 1));
  }

  /// Long enough for rows to be counted first; with all that a count of lines gets wrong.
  @Tag("anyLocale")
  @Test
  void rowsOfPackedAndOddFilesAreCountedFirst() throws IOException {
    var random = new Random(8);
    StringBuilder text = new StringBuilder("label,a,b,c\n");
    while (text.length() < 4_000_000) {
      if (random.nextInt(50) == 0) {
        text.append(random.nextBoolean() ? "\n" : "# a comment, of two\n");
      }
      String gap = random.nextInt(9) == 0 ? "" : Integer.toString(random.nextInt(1_000_000));
      String name = random.nextInt(7) == 0 ? "\"p\nq\"" : "r";
      text.append(random.nextInt(3)).append(',').append(random.nextInt(1_000_000));
      text.append(',').append(gap).append(',').append(name).append('\n');
    }
    String content = text.toString();
    for (Missing missing : new Missing[] {Missing.DROP, Missing.value(0)}) {
      CsvOptions options = CsvOptions.defaults().withMissing(missing);
      DataSet plain = Csv.read(write(folder, "plain.csv", content), options);
      byte[] packed = gzip(content.getBytes(UTF_8));
      assertTrue(packed.length > 1 << 20);
      DataSet gz = Csv.read(write(folder, "packed.gz", packed), options);
      assertArrayEquals(plain.floats(), gz.floats());
      assertArrayEquals(plain.labels(), gz.labels());
      DataSet zipped = Csv.read(write(folder, "t.zip", zip("t.csv", content)), options);
      assertArrayEquals(plain.floats(), zipped.floats());
      byte[] returns = gzip(content.replace("p\nq", "pq").replace('\n', '\r').getBytes(UTF_8));
      DataSet cr = Csv.read(write(folder, "cr.gz", returns), options);
      assertArrayEquals(plain.floats(), cr.floats());
    }
  }

  /// All that is allocated while a table is read and cut, freed or not, stays below 1.5 times its
  /// values: neither growing nor cutting doubles them.
  @Tag("anyLocale")
  @Test
  void memoryStaysNearTheValues() throws IOException {
    var random = new Random(9);
    int columns = 40;
    StringBuilder text = new StringBuilder("label,colour");
    for (int i = 0; i < columns; i++) {
      text.append(",v").append(i);
    }
    text.append('\n');
    int rows = 0;
    while (text.length() < 17 << 20) {
      text.append("abc".charAt(random.nextInt(3))).append(',');
      text.append("xyz".charAt(random.nextInt(3)));
      for (int i = 0; i < columns; i++) {
        text.append(',').append(random.nextInt(10));
      }
      text.append('\n');
      rows++;
    }
    byte[] content = text.toString().getBytes(UTF_8);
    CsvOptions options = CsvOptions.defaults().withScaling(Scaling.AUTO).withMissing(Missing.MEAN);
    long values = 4L * rows * (columns + 3 + 1);
    for (Path file :
        List.of(
            write(folder, "t.csv", content),
            write(folder, "t.gz", gzip(content)),
            write(folder, "t.zip", zip("t.csv", text.toString())))) {
      for (List<Double> shares : List.of(List.of(0.8, 0.2), List.of(0.6, 0.2, 0.2))) {
        Allocation.assertAtMost(
            values * 3 / 2 + (8 << 20),
            String.format(Locale.ROOT, "%s %s, values %,d", file.getFileName(), shares, values),
            () -> new TableReader(options).split("t", file, shares, 1, null));
      }
    }
  }

  @Test
  void leftOutRowsAreNamed() throws IOException {
    Path train = write(folder, "t.csv", "label,a\n0,1\n1,2\n0,\n1,4\n");
    TableReader reader = new TableReader(CsvOptions.defaults().withMissing(Missing.DROP));
    DataSet data = reader.read("t", train);
    assertArrayEquals(new int[] {2}, reader.leftOut());
    Path later = write(folder, "u.csv", "id,a\nx,NA\ny,2\nz,?\nw,3\n");
    TableReader other = new TableReader(CsvOptions.defaults()).keep("id");
    DataSet rows = other.read("u", later, data.preparation().orElseThrow(), false);
    assertArrayEquals(new int[] {0, 2}, other.leftOut());
    assertArrayEquals(new float[] {2, 3}, rows.floats());
    assertEquals(List.of("x", "y", "z", "w"), other.kept());
    assertRefused(
        () -> new TableReader(CsvOptions.defaults()).split("t", train, List.of(0.5, 0.5), 1, null),
        "row 4, column 'a'",
        "--missing");
  }
}
