package dev.descent.data.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation.Table;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RecordsTest {
  enum Colour {
    RED,
    BLUE
  }

  record Flower(double petal, @Nullable Float sepal, Colour colour, String species) {}

  record Other(int a) {}

  record Nested(double[] values, String species) {}

  record Wrapped(Optional<Integer> value, String species) {}

  private static final CsvOptions SPECIES = CsvOptions.defaults().withLabelColumn("species");

  @Test
  void recordsAreRows() {
    List<Flower> flowers =
        List.of(
            new Flower(1.5, 2f, Colour.RED, "a, \"b\""), new Flower(-3e-5, 4f, Colour.BLUE, "c"));
    DataSet data = new TableReader(SPECIES).read("flowers", flowers);
    assertArrayEquals(new float[] {1.5f, 2, 0, 1, -3e-5f, 4, 1, 0}, data.floats());
    assertEquals(List.of("a, \"b\"", "c"), data.classNames());
    Table table = (Table) data.preparation().orElseThrow().inputs();
    assertEquals(List.of("petal", "sepal", "colour"), table.names());
    assertArrayEquals(new float[] {7, 8, 1, 0}, table.row(List.of(7, 8f, "BLUE")));
  }

  @Test
  void gapsNansAndOtherTypesAreRefusedByName() {
    String gap =
        assertThrows(
                DataException.class,
                () ->
                    new TableReader(SPECIES)
                        .read("f", List.of(new Flower(1, null, Colour.RED, "a"))))
            .getMessage();
    assertTrue(gap.contains("row 2, column 'sepal'"), gap);
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      String message =
          assertThrows(
                  DataException.class,
                  () ->
                      new TableReader(SPECIES)
                          .read(
                              "f",
                              List.of(
                                  new Flower(1, 1f, Colour.RED, "a"),
                                  new Flower(bad, 1f, Colour.RED, "b"))))
              .getMessage();
      assertTrue(message.contains("row 3, column 'petal'"), message);
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TableReader(SPECIES)
                .read("f", List.of(new Flower(1, 1f, Colour.RED, "a"), new Other(1))));
    assertThrows(
        IllegalArgumentException.class, () -> new TableReader(SPECIES).read("f", List.of()));
  }

  /// Else their text, such as `Optional[3]`, would be a category.
  @Test
  void componentsOfOtherTypesAreRefused() {
    List<Record> others = List.of(new Nested(new double[2], "a"), new Wrapped(Optional.of(3), "a"));
    for (Record other : others) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new TableReader(SPECIES).read("f", List.of(other)))
              .getMessage();
      assertTrue(message.contains("value"), message);
    }
  }
}
