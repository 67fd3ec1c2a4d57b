package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.gzip;
import static dev.descent.data.read.TestFiles.write;
import static dev.descent.data.read.TestFiles.zip;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Table;
import dev.descent.data.TrainTest;
import dev.descent.data.read.CsvOptions.Header;
import dev.descent.data.read.CsvOptions.Scaling;
import dev.descent.testing.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TableReaderTest {
  private static final CsvOptions PLAIN = CsvOptions.defaults();

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  private TableReader reader(CsvOptions options) {
    notes.clear();
    return new TableReader(options).notes(notes::add);
  }

  private DataSet read(String text, CsvOptions options) throws IOException {
    return reader(options).read("t", write(folder, "t.csv", text));
  }

  private DataSet read(String text) throws IOException {
    return read(text, PLAIN);
  }

  private DataSet use(String text, Preparation preparation) throws IOException {
    return reader(PLAIN).read("u", write(folder, "u.csv", text), preparation, true);
  }

  private static Preparation of(DataSet data) {
    return data.preparation().orElseThrow();
  }

  @Test
  void theDelimiterIsGuessed() throws IOException {
    for (String delimiter : new String[] {",", ";", "\t", "|"}) {
      String text = "label,a,b\n1,2.5,3\n0,4,5e-1\n".replace(",", delimiter);
      DataSet data = read(text);
      assertArrayEquals(new float[] {2.5f, 3, 4, 0.5f}, data.floats(), delimiter);
      assertEquals(delimiter.equals(",") ? 0 : 1, notes.size(), notes::toString);
    }
    // Texts that hold other delimiters.
    DataSet data = read("label,a,name\n1,2.5,x;y\n0,4,z;w\n1,1,x;y\n0,1,x|y\n");
    assertEquals(1 + 3, data.features());
    data = read("label;a;b\n1;2,5;3\n0;4,25;-0,5\n");
    assertArrayEquals(new float[] {2.5f, 3, 4.25f, -0.5f}, data.floats());
    assertTrue(notes.getFirst().contains("decimal commas"), notes::toString);
    data = read("1,5;2,5;a\n3,5;4,5;b\n", PLAIN.withLabelColumn(-1));
    assertArrayEquals(new float[] {1.5f, 2.5f, 3.5f, 4.5f}, data.floats());
    // Quoted decimals between commas.
    data = read("label,a\n1,\"2,5\"\n0,\"-4,25\"\n");
    assertArrayEquals(new float[] {2.5f, -4.25f}, data.floats());
    // Thousands are no decimals.
    assertRefused(() -> read("label,a\n1,\"2,500\"\n0,7\n0,8\n"), "row 2, column 'a'", "'2,500'");
  }

  @Test
  void theHeaderIsGuessed() throws IOException {
    String iris = "5.1,3.5,1.4,0.2,Iris-setosa\n7.0,3.2,4.7,1.4,Iris-versicolor\n";
    DataSet data = read(iris);
    assertEquals(List.of("Iris-setosa", "Iris-versicolor"), data.classNames());
    assertEquals(4, data.features());
    assertTrue(notes.getFirst().contains("column 5"), notes::toString);
    assertEquals(2, read("class,value\n1,2.5\n0,3\n").size());
    // Texts alone: a value that comes again is no name.
    assertEquals(3, read("p,x,s\ne,x,s\np,y,s\n", PLAIN.withLabelColumn(0)).size());
    assertEquals(2, read("k,u,v\ne,x,s\np,y,s\n", PLAIN.withLabelColumn(0)).size());
    assertEquals(3, read("k,u\ne,x\np,y\n", PLAIN.withHeader(Header.ABSENT)).size());
    // Years as names.
    DataSet years = read("2019,2020\n1,2\n0,3\n", PLAIN.withHeader(Header.PRESENT));
    assertEquals(2, years.size());
  }

  @Test
  void lineEndsQuotesMarksCommentsAndBlankLines() throws IOException {
    float[] expected = {1.5f, 2, 3, 4};
    String plain = "label,a,b\nx,1.5,2\ny,3,4\n";
    String[] texts = {
      plain,
      plain.replace("\n", "\r\n"),
      plain.replace("\n", "\r"),
      plain.stripTrailing(),
      "\uFEFF" + plain,
      "# made by hand\n\n" + plain.replace("y,3", "\n# more\n   \n,,\ny,3") + "\n\n",
      "\"label\",\"a\",\"b\"\r\n\"x\",\"1.5\",\"2\"\r\n\"y\", 3 ,\" 4 \"\r\n",
    };
    for (String text : texts) {
      DataSet data = read(text);
      assertArrayEquals(expected, data.floats(), text);
      assertEquals(List.of("x", "y"), data.classNames());
    }
    for (var charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      byte[] wide = ("\uFEFF" + plain.replace("x", "\u03b1\ud83d\ude00")).getBytes(charset);
      DataSet data = reader(PLAIN).read("t", write(folder, "wide", wide));
      assertArrayEquals(expected, data.floats());
      assertEquals(List.of("y", "\u03b1\ud83d\ude00"), data.classNames());
      byte[] cut = Arrays.copyOf(wide, wide.length - 1);
      assertRefused(() -> reader(PLAIN).read("t", write(folder, "cut", cut)), "malformed UTF-16");
    }
    byte[] western = plain.replace("x", "\u00e9").getBytes(ISO_8859_1);
    assertEquals(
        List.of("y", "\u00e9"),
        reader(PLAIN).read("t", write(folder, "western", western)).classNames());
  }

  @Test
  void quotedCellsMayHoldLineEndsAndDelimiters() throws IOException {
    DataSet data =
        read(
            "label,a,c\n"
                + "\"no, \"\"thanks\"\"\",1,\"p\n"
                + "q\r\n"
                + "r\"\n"
                + "yes,2,\"s,t\"\n"
                + "yes,3,\"p\n"
                + "q\r\n"
                + "r\"\n");
    assertEquals(List.of("no, \"thanks\"", "yes"), data.classNames());
    assertArrayEquals(new int[] {0, 1, 1}, data.labels());
    assertArrayEquals(new float[] {1, 1, 0, 2, 0, 1, 3, 1, 0}, data.floats());
    assertRefused(() -> read("label,a\n1,2\n\"x,3\n1,2\n"), "row 3: a quote is never closed");
    assertRefused(() -> read("label,a,b\n\"x\ny\",3,4\nz,5\n"), "row 4", "found 2");
  }

  /// What is written with quotes at random is read as it was.
  @Test
  void anyTextIsReadAsItWasWritten() {
    Inputs.check(
        30,
        random -> {
          String[] pieces = {"a", " b", "\n", "\r\n", ",", ";", "\"", "#", "\u00df", "1"};
          int rows = random.nextInt(1, 40);
          char delimiter = ",;\t|".charAt(random.nextInt(4));
          StringBuilder text = new StringBuilder("value").append(delimiter).append("label\n");
          List<String> labels = new ArrayList<>();
          for (int row = 0; row < rows; row++) {
            String label =
                "k"
                    + IntStream.range(0, random.nextInt(5))
                        .mapToObj(i -> pieces[random.nextInt(pieces.length)])
                        .collect(Collectors.joining());
            text.append(row).append(delimiter);
            text.append('"').append(label.replace("\"", "\"\"")).append("\"\n");
            labels.add(label.strip());
          }
          DataSet data = read(text.toString(), PLAIN.withDelimiter(delimiter));
          assertEquals(rows, data.size());
          for (int row = 0; row < rows; row++) {
            assertEquals(labels.get(row), data.classNames().get(data.labels()[row]));
            assertEquals(row, data.floats()[row]);
          }
        });
  }

  @Test
  void labelsOfAnyKind() throws IOException {
    String[][] cases = {
      {"-1,1,-1", "-1,1"},
      {"0.0,1.0,1", "0,1"},
      {"True,False,True", "False,True"},
      {"10,9,-3", "-3,9,10"},
      {"5,\"5\",5.0", "5"},
      {"2.5,-0.5,1e3", "-0.5,2.5,1000"},
      {"b,a,B", "B,a,b"},
      {"99999999999,1,2", "1,2,99999999999"},
    };
    for (String[] one : cases) {
      String[] labels = one[0].split(",");
      String text = Arrays.stream(labels).map(l -> "1," + l).collect(Collectors.joining("\n"));
      DataSet data = read("a,label\n" + text + "\n");
      assertEquals(List.of(one[1].split(",")), data.classNames(), one[0]);
      for (int row = 0; row < labels.length; row++) {
        assertEquals(
            Labels.canonical(labels[row].replace("\"", ""), '.'),
            data.classNames().get(data.labels()[row]));
      }
    }
  }

  @Test
  void columnsByNameOrNumber() throws IOException {
    String text = "a,b,c,d\n1,2,3,0\n4,5,6,1\n";
    for (String label : new String[] {"d", "3", "-1"}) {
      DataSet data = read(text, PLAIN.withLabelColumn(label).withDrop(List.of("1")));
      assertArrayEquals(new float[] {1, 3, 4, 6}, data.floats());
      assertEquals(List.of("b"), ((Table) of(data).inputs()).others());
    }
    DataSet targets = read(text, PLAIN.withTargets(List.of("d", "-4")));
    assertArrayEquals(new float[] {0, 1, 1, 4}, targets.targets());
    assertArrayEquals(new float[] {2, 3, 5, 6}, targets.floats());
    DataSet categories = read(text, PLAIN.withLabelColumn(0).withCategories(List.of("c")));
    assertArrayEquals(new float[] {2, 1, 0, 0, 5, 0, 1, 1}, categories.floats());
    assertRefused(() -> read(text, PLAIN.withDrop(List.of("x"))), "'x'", "there are a, b, c, d");
    assertRefused(() -> read(text, PLAIN.withLabelColumn(-5)), "4 columns");
    assertRefused(
        () -> read(text, PLAIN.withLabelColumn("a").withDrop(List.of("a"))), "'a'", "as well");
    assertRefused(
        () -> read(text, PLAIN.withLabelColumn("a").withDrop(List.of("b", "c", "d"))),
        "no column is left");
  }

  @Test
  void gapsBecomeWhatIsSaid() throws IOException {
    String text = "label,a,b\n0,1,x\n1,,y\n1,3,\n0,8,y\n";
    assertRefused(() -> read(text), "row 3, column 'a'", "nothing", "--missing");
    DataSet mean = read(text, PLAIN.withMissing(Missing.MEAN));
    assertArrayEquals(new float[] {1, 1, 0, 4, 0, 1, 3, 0, 0, 8, 0, 1}, mean.floats());
    DataSet median = read(text, PLAIN.withMissing(Missing.MEDIAN));
    assertEquals(3, median.floats()[3]);
    DataSet value = read(text, PLAIN.withMissing(Missing.value(-7)));
    assertEquals(-7, value.floats()[3]);
    DataSet dropped = read(text, PLAIN.withMissing(Missing.DROP));
    assertArrayEquals(new int[] {0, 0}, dropped.labels());
    assertArrayEquals(new float[] {1, 1, 0, 8, 0, 1}, dropped.floats());
    assertTrue(notes.getLast().contains("left out 2 of 4 rows"), notes::toString);
    for (String gap : new String[] {"NA", "N/A", "nan", "NaN", "null", "?", " "}) {
      DataSet data = read(text.replace("1,,y", "1," + gap + ",y"), PLAIN.withMissing(Missing.MEAN));
      assertEquals(4, data.floats()[3], gap);
    }
    assertRefused(() -> read("label,a\n0,NA\n", PLAIN.withMissing(Missing.DROP)), "none is left");
    // What gaps become comes from the training data, also for later files.
    DataSet later = use("label,a,b\n0,,x\n", of(mean));
    assertArrayEquals(new float[] {4, 1, 0}, later.floats());
    assertRefused(() -> use("label,a,b\n0,,x\n", of(dropped)), "each row has a gap");
    assertArrayEquals(new float[] {5, 0, 1}, use("label,a,b\n0,,x\n0,5,y\n", of(dropped)).floats());
    DataSet complete = read("label,a,b\n0,1,x\n1,2,y\n");
    assertRefused(
        () -> use("label,a,b\n0,,x\n", of(complete)), "row 2, column 'a'", "trained without gaps");
  }

  /// Against plain sums in float64.
  @Test
  void standardizingIsThatOfTheTrainingRows() {
    Inputs.check(
        10,
        random -> {
          int rows = random.nextInt(2, 200);
          double[] a = random.doubles(rows, -5, 1e6).toArray();
          StringBuilder text = new StringBuilder("label,a,b\n");
          for (double value : a) {
            text.append(String.format(Locale.ROOT, "%d,%.3f,7\n", random.nextInt(2), value));
          }
          Path file = write(folder, "t.csv", text.toString());
          CsvOptions options = PLAIN.withScaling(Scaling.AUTO);
          TrainTest parts = new TableReader(options).split("t", file, 0.3, 5);
          Table table = (Table) of(parts.train()).inputs();
          NumberColumn column = (NumberColumn) table.columns().getFirst();
          DataSet raw = Csv.read(file);
          double[] train = new double[parts.train().size()];
          for (int i = 0; i < train.length; i++) {
            train[i] = parts.train().floats()[2 * i] / column.scale() + column.shift();
          }
          double mean = Arrays.stream(train).average().orElseThrow();
          double square = Arrays.stream(train).map(v -> (v - mean) * (v - mean)).sum();
          double deviation = Math.sqrt(square / train.length);
          assertEquals(mean, column.shift(), 1e-5 * Math.abs(mean) + 1e-2);
          if (deviation > 1e-2) {
            assertEquals(deviation, 1 / column.scale(), 1e-4 * deviation);
          }
          assertEquals(0, parts.test().floats()[1], "a constant column becomes 0");
          assertEquals(rows, raw.size());
          assertEquals(of(parts.train()), of(parts.test()));
        });
  }

  @Test
  void laterFilesAreMatchedByName() throws IOException {
    DataSet train =
        read(
            "id,a,c,survived,b\n1,10,x,0,100\n2,30,y,1,300\n",
            PLAIN.withLabelColumn("survived").withDrop(List.of("id")).withScaling(Scaling.AUTO));
    Preparation preparation = of(train);
    assertArrayEquals(new float[] {-1, 1, 0, -1, 1, 0, 1, 1}, train.floats());
    float[] expected = {-1, 0, 1, 1};
    DataSet reordered = use("b,survived,c,a,extra\n300,1,y,10,9\n", preparation);
    assertArrayEquals(expected, reordered.floats());
    assertArrayEquals(new int[] {1}, reordered.labels());
    assertEquals(List.of("0", "1"), reordered.classNames());
    assertTrue(notes.getFirst().contains("extra"), notes::toString);
    assertRefused(
        () -> use("B,survived,c,a\n300,1,y,10\n", preparation), "no column 'b'", "know B");
    assertRefused(() -> use("b,c,a\n300,y,10\n", preparation), "no column 'survived'");
    assertRefused(() -> use("b,survived,c,a\n300,2,y,10\n", preparation), "row 2", "label 2");
    DataSet unanswered =
        reader(PLAIN)
            .keep("id")
            .read("u", write(folder, "u.csv", "id,b,c,a\n77,300,y,10\n"), preparation, false);
    assertArrayEquals(expected, unanswered.floats());
    assertFalse(unanswered.isAnswered());
    // Without names the order of training counts, with answers, without, or features alone.
    assertArrayEquals(expected, use("1,10,y,1,300\n", preparation).floats());
    assertTrue(notes.getFirst().contains("order of training"), notes::toString);
    for (String row : new String[] {"1,10,y,300\n", "10,y,300\n"}) {
      Path file = write(folder, "u.csv", row);
      DataSet data = reader(PLAIN).read("u", file, preparation, false);
      assertArrayEquals(expected, data.floats(), row);
    }
    assertRefused(() -> use("1,2\n", preparation), "no column 'a'", "2 columns");
    DataSet unknown = use("b,survived,c,a\n300,1,z,10\n", preparation);
    assertArrayEquals(new float[] {-1, 0, 0, 1}, unknown.floats());
    assertTrue(notes.getFirst().contains("'z'"), notes::toString);
  }

  @Test
  void keepsAColumn() throws IOException {
    Preparation preparation = of(read("label,a,b\n0,1,2\n1,2,3\n"));
    TableReader reader = reader(PLAIN).keep("name");
    Path file = write(folder, "u.csv", "name,b,a\n\"Mr, X\",1,2\nY,3,4\n");
    reader.read("u", file, preparation, false);
    assertEquals(List.of("Mr, X", "Y"), reader.kept());
    assertEquals(List.of(), notes);
  }

  /// One value that is no whole number, in a later file, does not change the scale of all.
  @Test
  void theScaleOfPixelsBelongsToTheModel() throws IOException {
    String header = "label,pixel0,pixel1,pixel2,pixel3\n";
    DataSet train = read(header + "0,0,128,255,1\n1,9,8,7,6\n", PLAIN.withScaling(Scaling.AUTO));
    assertTrue(train.isBytes());
    DataSet later = use(header + "0,127.5,128,255,1\n1,9,8,7,6\n", of(train));
    assertFalse(later.isBytes());
    assertEquals(0.5f, later.row(0)[0]);
    assertArrayEquals(train.row(1), later.row(1));
    assertTrue(use(header + "0,127,128,255,1\n1,9,8,7,6\n", of(train)).isBytes());
    // The other way round.
    DataSet odd = read(header + "0,127.5,128,255,1\n1,9,8,7,6\n", PLAIN.withScaling(Scaling.AUTO));
    assertArrayEquals(train.row(1), odd.row(1));
    DataSet whole = use(header + "0,0,128,255,1\n1,9,8,7,6\n", of(odd));
    assertArrayEquals(train.row(0), whole.row(0));
    // Pixels that are scaled already.
    DataSet unit = read(header + "0,0,0.5,1,0.25\n1,0,0,1,1\n", PLAIN.withScaling(Scaling.AUTO));
    assertArrayEquals(new float[] {0, 0.5f, 1, 0.25f}, unit.row(0));
    DataSet zeros = use(header + "0,0,0,1,1\n1,0,0,0,0\n", of(unit));
    assertArrayEquals(new float[] {0, 0, 1, 1}, zeros.row(0));
  }

  @Test
  void aTableOfPixelsForAModelOfPictures() throws IOException {
    Preparation preparation =
        Preparation.pictures(Preparation.Picture.digits(2, 2), List.of("0", "1"));
    DataSet data = use("pixel0,pixel1,pixel2,pixel3,label\n1,2,3,4,1\n", preparation);
    assertArrayEquals(new byte[] {1, 2, 3, 4}, data.bytes());
    assertArrayEquals(new int[] {1}, data.labels());
    assertRefused(() -> use("a,b,label\n1,2,0\n", preparation), "rows of width 3", "2 x 2");
    assertRefused(() -> use("label,a,b,c,d\n0,0.5,1,1,1\n", preparation), "0 to 255");
    DataSet letters =
        use(
            "label,a,b,c,d\n7,1,1,1,1\n9,2,2,2,2\n",
            Preparation.pictures(Preparation.Picture.grey(2, 2), List.of("A", "B")));
    assertArrayEquals(new int[] {0, 1}, letters.labels());
    assertTrue(notes.getFirst().startsWith("warning"), notes::toString);
  }

  @Test
  void columnsThatTeachNothingAreRefused() {
    StringBuilder text = new StringBuilder("label,name,ticket,a\n");
    for (int i = 0; i < 60; i++) {
      text.append(i % 2).append(",n").append(i).append(",t ").append(i % 40).append(",1\n");
    }
    assertRefused(
        () -> read(text.toString()),
        "'name' (60 different texts), 'ticket' (40 different texts)",
        "--drop name,ticket");
    assertRefused(() -> read("pixel0,pixel1\n1,2\n3,4\n"), "'pixel0'", "a value, not a label");
    for (String id : new String[] {"Id", "PassengerId", "id", "index", "row_id", "Unnamed: 0"}) {
      assertRefused(() -> read(id + ",a\n5,2\n3,4\n"), "'" + id + "'", "--label");
    }
    String counted =
        IntStream.range(0, 12).mapToObj(i -> i + "," + i % 2 + "\n").collect(Collectors.joining());
    assertRefused(() -> read("x,y\n" + counted), "'x'", "number of its row");
    assertRefused(() -> read("0.5,1\n0.25,0\n"), "column 1", "a value, not a label");
  }

  @Test
  void numbersWithMarksAreNoCategories() throws IOException {
    for (String mark : new String[] {"$1,000", "12 %", "1.234,56", "(5)", "\u20ac 7"}) {
      String cell = '"' + mark + '"';
      assertRefused(
          () -> read("label,price\n0," + cell + "\n1," + cell + "\n"),
          "column 'price'",
          "numbers such as",
          "--category price");
      DataSet data =
          read("label,price\n0," + cell + "\n1,x\n", PLAIN.withCategories(List.of("price")));
      assertEquals(2, data.features());
    }
    DataSet data = read("label,name\n0,x\n1,y\n");
    assertEquals(2, data.features());
    assertTrue(notes.getFirst().contains("categories"), notes::toString);
  }

  @Test
  void aDelimiterAtTheEndOfEachRowIsNoColumn() throws IOException {
    DataSet data = read("label,a,\n0,1,\n1,2,\n");
    assertArrayEquals(new float[] {1, 2}, data.floats());
    assertArrayEquals(new float[] {5}, use("a,label,\n5,1,\n", of(data)).floats());
    assertEquals(List.of(), notes);
  }

  @Test
  void otherFilesAreToldByName() throws IOException {
    String[][] kinds = {
      {"\u0093NUMPY\u0001\u0000v\u0000", "npy:DIR"},
      {"PAR1\u0015\u0004\u0015", "Parquet"},
      {"\u0089HDF\r\n\u001a\n", "HDF5"},
      {"\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1", "Excel"},
      {"\u0089PNG\r\n\u001a\n", "images:DIR"},
      {"<!DOCTYPE html>", "web page"},
      {"SQLite format 3\u0000", "SQLite"},
    };
    for (String[] kind : kinds) {
      Path file = write(folder, "x.csv", kind[0].getBytes(ISO_8859_1));
      assertRefused(() -> Csv.read(file), "x.csv: is ", kind[1]);
    }
    Path excel = write(folder, "x.csv", zip("[Content_Types].xml", "<", "xl/workbook.xml", "<"));
    assertRefused(() -> Csv.read(excel), "x.csv: is an Excel workbook; save the sheet as CSV");
    Path arrays = write(folder, "y.csv", zip("x.npy", "?", "y.npy", "?"));
    assertRefused(() -> Csv.read(arrays), "npz:FILE");
    // Letters that only look like one.
    assertEquals(List.of("1", "2"), read("PAR1,label\n5,1\n6,2\n").classNames());
  }

  @Test
  void whatFollowsAGzipMember() throws IOException {
    byte[] one = gzip("label,a\n0,1\n".getBytes(UTF_8));
    byte[] two = gzip("1,2\n".getBytes(UTF_8));
    assertEquals(2, Csv.read(write(folder, "a.gz", join(one, two))).size());
    assertEquals(2, Csv.read(write(folder, "a.gz", join(one, two, new byte[100_000]))).size());
    assertRefused(
        () -> Csv.read(write(folder, "a.gz", join(one, two, new byte[] {0, 0, 1}))),
        "byte " + (one.length + two.length + 2),
        "no gzip member");
    assertRefused(
        () -> Csv.read(write(folder, "a.gz", join(one, "garbage".getBytes(UTF_8)))),
        "byte " + one.length,
        "no gzip member");
    byte[] wrong = one.clone();
    wrong[wrong.length - 6] ^= 1;
    assertRefused(
        () -> Csv.read(write(folder, "a.gz", wrong)), "byte " + (one.length - 8), "checksum");
  }

  private static byte[] join(byte[]... parts) throws IOException {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }

  /// More than fills a buffer, so that rows are counted first and records move.
  @Test
  void longFilesAreReadWholeAndTellTheirProgress() throws IOException {
    int rows = 400_000;
    StringBuilder text = new StringBuilder("a,b,c,d,label\n");
    for (int i = 0; i < rows; i++) {
      text.append(i).append(",-0.125,\"").append(i % 7).append("\",1e3,");
      text.append(i % 3 == 0 ? "\"x\ny\"" : "z").append('\n');
    }
    Path file = write(folder, "long.csv", text.toString());
    List<Long> places = new ArrayList<>();
    DataSet data =
        new TableReader(PLAIN)
            .progress((done, all) -> {
              assertEquals(file.toFile().length(), all);
              places.add(done);
            })
            .read("long", file);
    assertEquals(rows, data.size());
    for (int i = 0; i < rows; i++) {
      assertEquals(i, data.floats()[4 * i]);
      assertEquals(i % 7, data.floats()[4 * i + 2]);
      assertEquals(i % 3 == 0 ? 0 : 1, data.labels()[i]);
    }
    assertTrue(places.size() > 50);
    List<Long> sorted = new ArrayList<>(places);
    Collections.sort(sorted);
    assertEquals(sorted, places);
  }
}
