package dev.descent.data.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The line `sep=;` that Excel writes and reads at the beginning of a file.
final class SeparatorLineTest {
  @TempDir private Path folder;

  private DataSet read(Charset charset, String text) throws IOException {
    Path file = Files.write(folder.resolve("a.csv"), text.getBytes(charset));
    return new TableReader(CsvOptions.defaults()).read("a", file);
  }

  @Test
  void itTellsTheDelimiterAndIsNoRow() throws IOException {
    for (String delimiter : List.of(";", ",", "\t", "|", "^")) {
      for (String end : List.of("\n", "\r\n", "\r")) {
        for (String first : List.of("sep=", "SEP=", "\"sep=")) {
          String line = first + delimiter + (first.startsWith("\"") ? "\"" : "");
          String text =
              String.join(end, line, "label,a,b", "0,1.5,2", "1,3,4", "0,5,6", "")
                  .replace(line, "@")
                  .replace(",", delimiter)
                  .replace("@", line);
          for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16)) {
            DataSet data = read(charset, text);
            assertArrayEquals(new float[] {1.5f, 2, 3, 4, 5, 6}, data.floats(), text);
            assertEquals(List.of("0", "1"), data.classNames(), text);
          }
        }
      }
    }
  }

  /// Rows are counted as an editor counts them.
  @Test
  void rowsKeepTheirNumbers() {
    var refused =
        assertThrows(
            DataException.class,
            () -> read(StandardCharsets.UTF_8, "sep=;\nlabel;a\n0;1\n1;2;3\n"));
    assertTrue(refused.getMessage().contains("row 4"), refused.getMessage());
  }

  @Test
  void otherFirstLinesAreRows() throws IOException {
    DataSet data = read(StandardCharsets.UTF_8, "label,sep=;\n0,1\n1,2\n");
    assertArrayEquals(new float[] {1, 2}, data.floats());
    assertThrows(DataException.class, () -> read(StandardCharsets.UTF_8, "sep=;"));
    assertThrows(DataException.class, () -> read(StandardCharsets.UTF_8, "sep=;\n"));
  }
}
