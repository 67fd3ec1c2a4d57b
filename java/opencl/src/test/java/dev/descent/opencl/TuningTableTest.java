package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.internal.CacheFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tables of tuned choices are written, found and read whole, or refused with the line.
class TuningTableTest {
  @TempDir private Path folder;

  private static final ProductShape FORWARD = new ProductShape(128, 512, 784, false, false);
  private static final ProductShape SMALL = new ProductShape(32, 10, 512, false, false);
  private static final ProductShape INPUTS = new ProductShape(128, 512, 10, false, true);

  /// Not a real one: nothing here touches it.
  private static Device device(Device.Kind kind, String platform, int vectorWidth) {
    return new Device(
        0,
        0,
        kind,
        "a device",
        "a maker",
        platform,
        "1",
        "2",
        "OpenCL 3.0 x",
        16,
        1L << 34,
        1L << 32,
        32 << 10,
        1024,
        vectorWidth,
        true,
        "");
  }

  private final Device pocl = device(Device.Kind.CPU, "Portable Computing Language", 16);
  private final Device card = device(Device.Kind.GPU, "A maker's OpenCL", 1);

  private static Tuning tuned(Device device) {
    Map<ProductShape, MatMulTile> products = new LinkedHashMap<>();
    products.put(FORWARD, MatMulTile.direct(16, 6, 1, 2));
    products.put(SMALL, MatMulTile.tiled(4, 2, 8, 1, 1, 64));
    products.put(INPUTS, new MatMulTile(false, 8, 2, 3, 1, 2, 4, 1, false));
    return Tuning.of(device).withElementwise(8, 4, false).withProducts(products, "here");
  }

  @Test
  void whatIsWrittenIsReadBack() {
    for (Device device : List.of(pocl, card)) {
      Tuning tuned = tuned(device);
      String text = TuningTable.write(device, tuned, Map.of(FORWARD, "12.5 GFLOP/s"));
      assertTrue(text.contains("# 12.5 GFLOP/s\n"), text);
      assertEquals(tuned, TuningTable.read(text, "table", "here", device), text);
    }
  }

  @Test
  void theMostSimilarProductOfTheLayoutLendsItsTile() {
    Tuning tuned = tuned(pocl);
    MatMulTile forward = tuned.products().get(FORWARD);
    assertEquals(forward, tuned.tile(pocl, FORWARD));
    assertEquals(forward, tuned.tile(pocl, new ProductShape(4096, 4096, 4096, false, false)));
    assertEquals(
        tuned.products().get(SMALL), tuned.tile(pocl, new ProductShape(1, 1, 1, false, false)));
    assertEquals(
        tuned.products().get(INPUTS), tuned.tile(pocl, new ProductShape(9, 9, 9, false, true)));
    ProductShape other = new ProductShape(128, 512, 784, true, false);
    assertEquals(Tuning.of(pocl).tile(pocl, other), tuned.tile(pocl, other), "nobody tried that");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tuning 1                 | tuning 2                  | does not begin with",
        "device Portable          | device Other              | it is for \"Other",
        "device P                 | devices P                 | \"devices\" is not expected",
        "elementwise vectorWidth=8| elementwise vectorWidth=5 | vectorWidth=5 is not one of 1, 2, 4, 8, 16",
        "group=4                  | group=3                   | group=3 is not a power of two",
        "layout=nt                | layout=xx                 | layout=xx",
        "m=128                    | m=0                       | m=0 is not a whole number from 1",
        "m=128                    | m=1e9                     | m=1e9 is not a whole number",
        "m=128                    | q=128                     | m is missing",
        "rowsFirst=1              | rowsFirst=1 x=1           | unknown: [x]",
        "threadM=6                | threadM=6 threadM=6       | threadM is given twice",
        "threadM=6                | threadM                   | \"threadM\" is not name=value",
        "threadM=6                | threadM=1000              | would keep 32000 sums",
        "threadN=8                | threadN=6                 | not a multiple of vectorWidth",
        "tileK=64                 | tileK=1024                | too large for a device",
        "m=32 n=10 k=512          | m=128 n=512 k=784         | there are two of 128 x 784 x 512 nn",
        "matmul m=128 n=512 k=784 | matmull m=1               | \"matmull\" is not expected",
        "elementwise              | #elementwise              | it is not complete",
      })
  void aTableWithAMistakeIsRefusedWhole(String right, String wrong, String said) {
    String text = TuningTable.write(pocl, tuned(pocl), Map.of());
    assertTrue(text.contains(right.strip()), text);
    String broken = text.replaceFirst(right.strip(), wrong.strip());
    var e =
        assertThrows(
            DataException.class, () -> TuningTable.read(broken, "FILE", "here", pocl), broken);
    assertTrue(e.getMessage().startsWith("FILE, line "), e.getMessage());
    assertTrue(e.getMessage().contains(said), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void anEmptyAndACutTableAreRefused() {
    String text = TuningTable.write(pocl, tuned(pocl), Map.of());
    int matmul = text.indexOf("matmul");
    for (int end = 0; end < matmul - 1; end++) {
      String cut = text.substring(0, end);
      assertThrows(
          DataException.class, () -> TuningTable.read(cut, "FILE", "here", pocl), () -> cut);
    }
  }

  @Test
  void theUsersTableGoesBeforeAllOthers() throws IOException {
    var tables = new TuningTables(new CacheFolder(folder));
    Tuning without = tables.find(card);
    assertEquals("untuned", without.origin());
    Path file = tables.file(card);
    assertEquals(folder.resolve("tuning-a-maker-s-opencl-a-device.txt"), file);
    Files.writeString(file, TuningTable.write(card, tuned(card), Map.of()));
    Tuning found = tables.find(card);
    assertEquals("tuned by " + file, found.origin());
    assertEquals(tuned(card).products(), found.products());
  }

  @Test
  void aBrokenTableIsNotUsedAndIsTold() throws IOException {
    var tables = new TuningTables(new CacheFolder(folder));
    Path file = tables.file(card);
    Files.writeString(file, TuningTable.write(pocl, tuned(pocl), Map.of()));
    Tuning instead = tables.find(card);
    assertTrue(instead.products().isEmpty());
    assertEquals(Tuning.of(card).matMul(), instead.matMul());
    assertTrue(
        instead.origin().startsWith("untuned (a table was refused: " + file + ", line 4: "),
        instead.origin());
    Files.write(file, new byte[] {(byte) 0xC3, (byte) 0x28});
    assertTrue(tables.find(card).origin().contains(file.toString()), tables.find(card).origin());
    Files.delete(file);
    Files.createDirectory(file);
    assertTrue(tables.find(card).origin().contains("refused"), tables.find(card).origin());
  }

  @Test
  void whatPoclTellsOfItsProcessorIsNotPartOfTheKey() {
    assertEquals("Portable Computing Language, processor, vectors of 16", pocl.tuningKey());
    assertFalse(pocl.tuningKey().contains(pocl.name()));
    assertEquals("A maker's OpenCL, a device", card.tuningKey());
  }
}
