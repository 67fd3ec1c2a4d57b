package dev.descent.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.DataException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DataSetTest {
  @Test
  void whatIsNoNumberIsRefusedWithItsPlace() {
    String rest = "; a model can't learn from it, so replace it or leave the row out";
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] values = {0, 1, -Float.MAX_VALUE, 3, 4, bad};
      float[] good = {0, 1, Float.MIN_VALUE};
      List<String> names = List.of("a", "b");
      var e =
          assertThrows(
              DataException.class,
              () -> DataSet.classes("some", values, 2, new int[] {0, 1, 0}, names));
      assertEquals("data set some: row 2, column 1 is " + bad + rest, e.getMessage());
      e = assertThrows(DataException.class, () -> DataSet.targets("some", values, 2, good, 1));
      assertEquals("data set some: row 2, column 1 is " + bad + rest, e.getMessage());
      e = assertThrows(DataException.class, () -> DataSet.targets("some", good, 1, values, 2));
      assertEquals("data set some: row 2, target 1 is " + bad + rest, e.getMessage());
    }
  }
}
