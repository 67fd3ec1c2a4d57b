package dev.descent.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Classes;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.data.Preparation.Targets;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreparationTest {
  private static final Table TABLE =
      new Table(
          List.of(
              NumberColumn.plain("a"),
              new NumberColumn("b", 10, 0.5, 12),
              new CategoryColumn("c", List.of("x", "y", "z"), true),
              new CategoryColumn("d", List.of("1", "2"), false)),
          List.of("id"),
          List.of("id", "a", "b", "c", "d", "answer"),
          true,
          null);

  private static void same(Preparation preparation) {
    assertEquals(preparation, Preparation.parse(preparation.text(), "here"));
    assertTrue(preparation.text().lines().count() == 1);
  }

  @Test
  void whatIsStoredIsReadAgain() {
    same(new Preparation(TABLE, new Classes("answer", List.of("no", "\"ja\"", "\u03bc"))));
    same(
        new Preparation(
            TABLE,
            new Targets(List.of(new Target("p", 0.1, 1e-300), new Target("q", -1e10 / 3, 7)))));
    same(Preparation.pictures(Picture.digits(28, 28), List.of("0", "1")));
    same(Preparation.pictures(new Picture(3, 5, 3, Preparation.Ground.ANY, true), List.of("a")));
    List<String> names = IntStream.range(0, 784).mapToObj(i -> "pixel" + i).toList();
    Table pixels =
        new Table(
            names.stream()
                .map(n -> new NumberColumn(n, 0, DataSet.BYTE_SCALE, Double.NaN))
                .map(Preparation.Column.class::cast)
                .toList(),
            List.of(),
            names,
            true,
            Picture.grey(28, 28));
    Preparation all = new Preparation(pixels, new Classes("label", List.of("0", "1")));
    same(all);
    assertTrue(all.text().length() < 32 * 784, all::text);
  }

  /// Files of earlier versions lack what becomes of gaps, and whether images are transposed.
  @Test
  void whatBecomesOfGapsIsStored() {
    Classes classes = new Classes("answer", List.of("no", "yes"));
    for (Missing missing :
        new Missing[] {
          Missing.REFUSE, Missing.DROP, Missing.MEAN, Missing.MEDIAN, Missing.value(-1.5e-7)
        }) {
      Table table = new Table(TABLE.columns(), TABLE.others(), TABLE.order(), true, missing, null);
      Preparation preparation = new Preparation(table, classes);
      same(preparation);
      assertEquals(missing.equals(Missing.DROP), table.dropsGaps());
      String old = preparation.text().replaceFirst(",\"missing\":\"[^\"]*\"", "");
      assertEquals(new Preparation(TABLE, classes), Preparation.parse(old, "here"));
    }
    String wrong =
        new Preparation(TABLE, classes).text().replace("\"named\"", "\"missing\":\"x\",\"named\"");
    assertThrows(DataException.class, () -> Preparation.parse(wrong, "here"));
    Picture transposed = new Picture(3, 5, 1, Preparation.Ground.ANY, false, true);
    same(Preparation.pictures(transposed, List.of("a", "b")));
    String text = Preparation.pictures(transposed, List.of("a", "b")).text();
    assertEquals(
        Preparation.pictures(Picture.grey(3, 5), List.of("a", "b")),
        Preparation.parse(text.replace(",\"transposed\":true", ""), "here"));
  }

  @Test
  void aRowBecomesWhatTheModelTakes() {
    assertArrayEquals(
        new float[] {1.5f, -2, 0, 1, 0, 0, 1}, TABLE.row(List.of("1.5", 6, "y", "2")));
    assertArrayEquals(
        new float[] {-1, 1, 0, 0, 0, 1, 0}, TABLE.row(Arrays.asList(-1L, null, null, 1.0)));
    assertArrayEquals(
        new float[] {1, 1, 0, 0, 0, 1, 0}, TABLE.row(List.of(true, "", " unknown ", " 1 ")));
  }

  @Test
  void aCellThatDoesNotFitIsRefusedByName() {
    refused("'a'", "missing", Arrays.asList(null, 6, "y", "2"));
    refused("'a'", "missing", List.of(Double.NaN, 6, "y", "2"));
    refused("'a'", "Infinity", List.of(Double.POSITIVE_INFINITY, 6, "y", "2"));
    refused("'b'", "'six'", List.of(1, "six", "y", "2"));
    refused("'d'", "missing", List.of(1, 6, "y", " "));
    refused("3 values", "a, b, c, d", List.of(1, 6, "y"));
  }

  private static void refused(String one, String other, List<Object> cells) {
    String message = assertThrows(DataException.class, () -> TABLE.row(cells)).getMessage();
    assertTrue(message.contains(one) && message.contains(other), message);
  }

  @Test
  void whatIsMalformedIsRefused() {
    String good = new Preparation(TABLE, new Classes("answer", List.of("n", "y"))).text();
    for (String bad :
        new String[] {
          "{}",
          "[]",
          good.replace("\"columns\"", "\"c\""),
          good.replace("\"shift\":10.0", "\"shift\":null"),
          good.replace("[\"x\",\"y\",\"z\"]", "[\"x\",\"x\"]"),
          good.replace("\"named\":true", "\"named\":1"),
          good.replace("\"names\":[\"n\"", "\"names\":[1"),
          "{\"picture\":{\"width\":0,\"height\":1,\"channels\":1,\"ground\":\"any\",\"centred\":true},"
              + "\"targets\":[]}",
          "{\"picture\":{\"width\":1,\"height\":1,\"channels\":1,\"ground\":\"odd\",\"centred\":true},"
              + "\"targets\":[]}",
        }) {
      String message =
          assertThrows(DataException.class, () -> Preparation.parse(bad, "here"), bad).getMessage();
      assertTrue(message.startsWith("here: "), message);
    }
  }

  @Test
  void aModelKeepsItInItsFile(@TempDir Path folder) {
    Preparation preparation = new Preparation(TABLE, new Classes("answer", List.of("n", "y")));
    Model model = Model.sequential(7).dense(2).build(1);
    assertTrue(model.preparation().isEmpty());
    model.preparation(preparation);
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    assertEquals(preparation, Model.load(file).preparation().orElseThrow());
    assertEquals(preparation, model.with(model.parameters()).preparation().orElseThrow());
    assertTrue(model.summary().contains("'c': 3 categories: x, y, z"), model.summary());
    Model narrow = Model.sequential(6).dense(2).build(1);
    assertThrows(IllegalArgumentException.class, () -> narrow.preparation(preparation));
  }

  @Test
  void aTargetIsInItsOwnUnit() {
    Target target = new Target("price", 200_000, 50_000);
    assertEquals(-2, target.prepare(100_000));
    assertEquals(250_000, target.value(1));
  }
}
