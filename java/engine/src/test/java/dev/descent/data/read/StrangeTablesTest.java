package dev.descent.data.read;

import static dev.descent.data.read.TestFiles.assertRefused;
import static dev.descent.data.read.TestFiles.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tables as spreadsheets, databases and people leave them: each is read right, refused by row and
/// column, or read with a warning.
final class StrangeTablesTest {
  private static final CsvOptions PLAIN = CsvOptions.defaults();
  private static final CsvOptions TARGET = PLAIN.withTargets(List.of("price"));

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

  private DataSet use(String text, Preparation preparation, CsvOptions options, boolean answers)
      throws IOException {
    return reader(options).read("u", write(folder, "u.csv", text), preparation, answers);
  }

  private static Preparation of(DataSet data) {
    return data.preparation().orElseThrow();
  }

  private static String rows(int count, IntFunction<String> row) {
    return IntStream.range(0, count)
        .mapToObj(i -> row.apply(i) + "\n")
        .collect(Collectors.joining());
  }

  /// Digits as files have them, whatever the locale.
  private static String plain(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private void assertNoted(String... parts) {
    assertTrue(
        notes.stream().anyMatch(note -> List.of(parts).stream().allMatch(note::contains)),
        notes::toString);
  }

  // --- rows that are no samples

  @Test
  void aTotalInTheLastRowIsRefused() throws IOException {
    String[] totals = {
      "Total",
      "TOTAL:",
      "Grand total",
      "Sub-total",
      "Summe",
      "Gesamt",
      "Somme",
      "Toplam",
      "\u0418\u0442\u043e\u0433\u043e",
      "\u5408\u8a08",
      "\u603b\u8ba1",
      "Average"
    };
    for (String total : totals) {
      String text =
          "region,units,price\n" + rows(9, i -> "NS".charAt(i % 2) + plain(",%d,%d", i, i + 2));
      assertRefused(
          () -> read(text + total + ",1,2\n", TARGET),
          "the last row, with '" + total + "' in column 'region'",
          "--category region");
      // In the middle, or more than once, it is a name.
      assertEquals(11, read(text + total + ",1,2\nN,1,2\n", TARGET).size());
      assertEquals(11, read(text + total + ",1,2\n" + total + ",3,4\n", TARGET).size());
      assertEquals(
          10, read(text + total + ",1,2\n", TARGET.withCategories(List.of("region"))).size());
    }
  }

  /// A name that is no word for a total, in any language, beside a sum.
  @Test
  void aLoneTextBesideASumIsATotal() throws IOException {
    String text =
        "region,units,price\n" + rows(9, i -> "NS".charAt(i % 2) + plain(",%d,%d.5", i, 7 - i));
    assertRefused(() -> read(text + "Cyfanswm,36,1\n", TARGET), "'Cyfanswm' in column 'region'");
    String sales =
        "region,units,price\n" + rows(9, i -> "NS".charAt(i % 2) + plain(",%d,%d.5", -i, i));
    assertRefused(() -> read(sales + "Cyfanswm,1,40.5\n", TARGET), "'Cyfanswm' in column 'region'");
    assertEquals(10, read(text + "Cardiff,35,1\n", TARGET).size());
    assertEquals(3, read("region,units,price\nN,1,2\nS,2,3\nW,3,4\n", TARGET).size());
  }

  @Test
  void aTotalAmongNumbersIsToldAsOne() {
    assertRefused(
        () -> read("units,label\n1,x\n2,y\n3,x\nTotal,x\n"),
        "row 5, column 'units'",
        "total of others, take it out");
  }

  @Test
  void headersAndMarksWhereFilesWerePutTogetherArePassedOver() throws IOException {
    String text = "kind,a,label\nu,1,x\nv,2,y\n";
    for (String join : new String[] {"", "\uFEFF", "\n\uFEFF\uFEFF"}) {
      DataSet data = read(text + join + text);
      assertEquals(4, data.size());
      assertEquals(List.of("x", "y"), data.classNames());
      assertNoted("passed over the header in 1 more row");
      DataSet later = use(text + join + text, of(data), PLAIN, true);
      assertArrayEquals(data.floats(), later.floats());
      assertArrayEquals(data.labels(), later.labels());
    }
    DataSet data = read(text + "\uFEFFv,5,x\n");
    assertEquals(3, data.size());
    assertEquals(5, data.row(2)[2]);
    // Without a header, rows may come again.
    assertEquals(2, read("1,2\n1,2\n").size());
  }

  @Test
  void aTitleAboveTheNamesIsRefused() {
    String text = "a,b,label\n1,2,x\n3,4,y\n";
    assertRefused(() -> read("Results of 2026,,\n" + text), "row 1: names one of 3 columns");
    assertRefused(() -> read(",,Results\n,,\n" + text), "row 1: names one of 3 columns");
  }

  @Test
  void emptyColumnsAtTheEndAreNoColumns() throws IOException {
    DataSet data = read("label,a,,,\n0,1,,,\n1,2,,,\n");
    assertArrayEquals(new float[] {1, 2}, data.floats());
  }

  // --- odd cells

  @Test
  void errorsOfSpreadsheetsAreRefusedInAnyColumn() throws IOException {
    for (String error : new String[] {"#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"}) {
      String[] texts = {"1,u,x,2", "1,%s,x,2", "1,u,%s,2", "1,u,x,%s"};
      DataSet known =
          read("n,kind,label,price\n1,u,x,2\n2,v,y,3\n", PLAIN.withDrop(List.of("price")));
      for (int i = 1; i < texts.length; i++) {
        String text = "n,kind,label,price\n1,u,x,2\n2,v,y,3\n" + plain(texts[i], error) + "\n";
        CsvOptions options = i == 3 ? TARGET.withDrop(List.of("label")) : PLAIN;
        assertRefused(() -> read(text, options), "row 4, column", "'" + error + "'", "--missing");
        if (i < 3) {
          assertRefused(() -> use(text, of(known), PLAIN, true), "row 4", error, "--missing drop");
        }
      }
      // What is not looked at may hold anything.
      String text = "n,kind,label\n1,u," + error + "\n";
      assertEquals(1, use(text, of(known), PLAIN, false).size());
    }
  }

  @Test
  void gapsOfAllPrograms() throws IOException {
    for (String gap : new String[] {"#N/A", "<NA>", "\\N", "-nan", "NULL", "None", "n/a"}) {
      String text = "label,a,b\n0,1,2\n1," + gap + ",4\n0,3,5\n";
      assertRefused(() -> read(text), "row 3, column 'a'", "--missing");
      DataSet data = read(text, PLAIN.withMissing(Missing.MEAN));
      assertArrayEquals(new float[] {1, 2, 2, 4, 3, 5}, data.floats(), gap);
    }
    // The name of a category, as in tables of houses.
    DataSet data = read("label,veneer\n0,None\n1,Stone\n0,None\n");
    assertArrayEquals(new float[] {1, 0, 0, 1, 1, 0}, data.floats());
  }

  @Test
  void oddCellsOfTargetsAndLaterFilesSayWhatToDo() throws IOException {
    String text = "a,b,price\n1,2,3\n4,5,6\n";
    DataSet data = read(text, TARGET);
    DataSet filled = read(text, TARGET.withMissing(Missing.MEAN));
    for (String odd : new String[] {"-", "inf", "12%", "high", "."}) {
      assertRefused(
          () -> read(text + "1,2," + odd + "\n3,3,3\n", TARGET),
          "row 4, column 'price'",
          "empty it and say --missing drop");
      assertRefused(
          () -> use(text + odd + ",2,3\n", of(data), PLAIN, true),
          "row 4, column 'a'",
          "empty it and say --missing drop");
      assertRefused(
          () -> use(text + odd + ",2,3\n", of(filled), PLAIN, true),
          "row 4, column 'a'",
          "; mend the cell or empty it");
    }
    DataSet left = use(text + ",2,3\n", of(data), PLAIN.withMissing(Missing.DROP), true);
    assertEquals(2, left.size());
    assertEquals(3, use(text + ",2,3\n", of(filled), PLAIN, true).size());
  }

  // --- numbers that are written otherwise

  @Test
  void numbersWithUnitsAndOfOtherScriptsAreNoCategories() throws IOException {
    String[] cells = {
      "17%d cm",
      "%d kg",
      "%d\u00b0C",
      "\u2212%d",
      "<%d",
      "\u2248 %d",
      "'%d'",
      "\u00a0%d\u00a0",
      "1\u00a0%d00",
      "1\u2019%d00",
      "%d-",
      "\u0661\u0662%d\u066b\u0665",
      "\uff11%d",
      "%d*",
      "+ %d"
    };
    DataSet known = read("a,label\n1,x\n2,y\n");
    for (String cell : cells) {
      String text = "a,label\n" + rows(30, i -> "\"" + plain(cell, i % 7) + "\",k" + i % 2);
      assertRefused(() -> read(text), "column 'a' holds numbers such as", "--category a");
      assertRefused(
          () -> read(text, PLAIN.withTargets(List.of("a"))), "column 'a' holds numbers such as");
      assertRefused(() -> use(text, of(known), PLAIN, false), "column 'a' holds numbers such as");
      assertEquals(7, read(text, PLAIN.withCategories(List.of("a"))).features(), cell);
    }
  }

  @Test
  void numbersInQuotesAreThoseWithout() {
    Inputs.check(
        20,
        random -> {
          StringBuilder text = new StringBuilder("a,b,label\n");
          float[] expected = new float[2 * random.nextInt(1, 40)];
          for (int i = 0; i < expected.length; i++) {
            String digits = Long.toString(random.nextLong(-1_000_000, 1_000_000));
            int decimals = random.nextInt(9);
            String number =
                decimals == 0 ? digits : digits + "." + "012345678".substring(0, decimals);
            expected[i] = Float.parseFloat(number);
            int form = random.nextInt(4);
            text.append(
                form == 0 ? number : form == 1 ? "\" " + number + " \"" : '"' + number + '"');
            text.append(i % 2 == 0 ? "," : ",\"k" + i % 4 + "\"\n");
          }
          assertArrayEquals(expected, read(text.toString()).floats());
        });
    assertRefused(() -> read("a,label\n\"1\",x\n\"2,y\n3,x\n"), "row 3", "never closed");
    assertRefused(() -> read("a,label\n\"1\",x\n\"2\"3,y\n"), "row 3, column 'a'", "2\"3");
  }

  @Test
  void namesWithDigitsAreCategories() throws IOException {
    String[] cells = {"Q%d", "class %d", "%d-9", "%d/2026", "2026-01-0%d", "0%d:30", "v1.%d-a"};
    for (String cell : cells) {
      DataSet data = read("a,label\n" + rows(30, i -> plain(cell, 1 + i % 5) + ",k" + i % 2));
      assertEquals(5, data.features(), cell);
    }
  }

  @Test
  void manyNumbersAmongTextsAreNoCategories() {
    String text = "a,label\n" + rows(90, i -> (i % 3 == 0 ? i * 0.25 : "low") + ",k" + i % 2);
    assertRefused(
        () -> read(text),
        "column 'a' holds numbers such as 0.0 among texts such as 'low'",
        "--category a");
  }

  @Test
  void pointsAndCommasThatMayStandBetweenThousandsAreToldOf() throws IOException {
    read("a;b;label\n" + rows(5, i -> plain("1%d.500;7%d;k%d", i, i, i % 2)));
    assertNoted("warning", "column 'a': '10.500' is read as 10.500", "--decimal point");
    read("a;b;label\n" + rows(5, i -> plain("1%d,500;7%d;k%d", i, i, i % 2)));
    assertNoted("warning", "column 'a': '10,500' is read as 10.500", "--decimal comma");
    String[] sure = {"0.50%d", "1.5%d", "12%d"};
    for (String cell : sure) {
      read("a;label\n" + rows(5, i -> plain(cell, i) + ";k" + i % 2));
      assertTrue(notes.stream().noneMatch(note -> note.contains("thousands")), notes::toString);
    }
    read("a,b,label\n" + rows(5, i -> plain("1%d.500,7,k%d", i, i % 2)));
    assertEquals(List.of(), notes.stream().filter(note -> note.contains("thousands")).toList());
  }

  @Test
  void textsAsTargetsAreRefused() {
    assertRefused(
        () -> read("a,price\n1,low\n2,high\n", TARGET),
        "column 'price' holds texts such as 'low'",
        "--label price");
  }

  // --- columns

  @Test
  void columnsThatNumberTheRowsAreToldOf() throws IOException {
    for (String name : new String[] {"", "Id", "customer_id", "PassengerId", "Unnamed: 0"}) {
      read(name + ",a,label\n" + rows(12, i -> plain("%d,%d,k%d", 3 * i, i % 5, i % 2)));
      assertNoted("warning", "to number the rows", name.isEmpty() ? "--drop 0" : "--drop ");
    }
    read("id,a,label\n" + rows(12, i -> plain("%d,%d,k%d", i % 3, i % 5, i % 2)));
    assertEquals(List.of(), notes.stream().filter(note -> note.contains("number the")).toList());
  }

  @Test
  void numbersThatAreOneAsFloatsAreToldOf() throws IOException {
    read("t,label\n" + rows(20, i -> (1_700_000_000L + i) + ",k" + i % 2));
    assertNoted("warning", "column 't'", "seventh digit");
    for (String cell : new String[] {"1700000000", "17%d0000000", "0.12345%d"}) {
      read("t,label\n" + rows(20, i -> plain(cell, 10 + i) + ",k" + i % 2));
      assertEquals(List.of(), notes.stream().filter(note -> note.contains("seventh")).toList());
    }
  }

  @Test
  void namesThatComeTwiceAreToldOf() throws IOException {
    read("a,a,label\n1,2,x\n3,4,y\n");
    assertNoted("several columns are called 'a'", "'a (2)'");
    assertRefused(
        () -> read("label,a,label\n1,2,1\n0,4,0\n"), "more than one column is called 'label'");
  }

  @Test
  void textsThatLookAlikeAreToldOf() throws IOException {
    String[][] alike = {
      {"Rome", "ROME"}, {"new york", "newyork"}, {"yes", "yes\u200b"}, {"caf\u00e9", "cafe\u0301"}
    };
    for (String[] two : alike) {
      String text = "city,label\n" + rows(6, i -> two[i % 2] + ",k" + i % 2);
      assertEquals(2, read(text).features());
      assertNoted("warning", "column 'city'", "blanks or hidden marks alone");
      assertEquals(2, read(text, PLAIN.withLabelColumn("city")).classNames().size());
      assertNoted("warning", "column 'city'", "blanks or hidden marks alone");
    }
    read("city,label\n" + rows(6, i -> "ab".charAt(i % 2) + ",k" + i % 2));
    assertEquals(List.of(), notes.stream().filter(note -> note.contains("alone")).toList());
  }
}
