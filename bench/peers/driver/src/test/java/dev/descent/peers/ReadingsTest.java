package dev.descent.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReadingsTest {
  @Test
  void medianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    assertEquals(new Spread(3, 1, 9, 3), Spread.of(List.of(9.0, 1.0, 3.0)));
    assertEquals(new Spread(2.5, 1, 9, 4), Spread.of(List.of(9.0, 2.0, 1.0, 3.0)));
    assertEquals(new Spread(7, 7, 7, 1), Spread.of(List.of(7.0)));
    assertThrows(IllegalArgumentException.class, () -> Spread.of(List.of()));
  }

  @Test
  void fasterIsWhatTakesLessTime() {
    Spread fast = Spread.of(List.of(2.0));
    Spread slow = Spread.of(List.of(5.0));
    assertEquals(2.5, fast.timesAsFastAs(slow));
  }

  @Test
  void readsTheKernelsCountsOfTicks() {
    assertEquals(
        10 + 20 + 30 + 60 + 70 + 80, OtherLoad.busyTicks("cpu  10 20 30 40 50 60 70 80 9 1"));
    assertEquals(
        1234 + 56,
        OtherLoad.processTicks(
            "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 1234 56 7 8 20 0 1 0 100 200 300"));
  }

  @Test
  void othersLoadIsWhatIsLeftOfTheMachines() {
    assertEquals(0.5, OtherLoad.cores(253, 200, 1));
    assertEquals(0, OtherLoad.cores(100, 200, 1));
  }

  @Test
  void sharesAreOfTheFastestInstructionForThePrecision() {
    Iterator<Double> clock = List.of(3e9, 3.7e9, 3.6e9).iterator();
    var ceilings =
        new MachineCeilings(() -> {
          double hertz = clock.next();
          Map<String, Double> rates = new LinkedHashMap<>();
          rates.put(MachineCeilings.MULTIPLY_ADDS, 64 * hertz);
          rates.put("vdpbf16ps", 32 * hertz);
          rates.put("tdpbf16ps", 1024 * hertz);
          return new MachineCeilings.Reading(rates, hertz);
        });
    for (int i = 0; i < 3; i++) {
      ceilings.measure();
    }
    assertEquals(64 * 3.6e9, ceilings.of(Product.parse("descent:native")));
    assertEquals(64 * 3.6e9, ceilings.of(Product.parse("mkl")));
    assertEquals(1024 * 3.6e9, ceilings.of(Product.parse("pytorch:bf16")));
    assertEquals(1024 * 3.6e9 / 6, ceilings.of(Product.parse("descent:native+bf16x6")));
    var report = Report.begin("Title", "commit", "command");
    ceilings.report(report, "2 threads");
    assertTrue(
        report
            .text()
            .contains(
                "- ceiling of fused multiply-adds, 2 threads: 230.4 GFLOP/s at 3.60 GHz, the median"
                    + " of the rounds' readings (192.0 to 236.8)\n"),
        report::text);
  }

  @Test
  void whatTheMachineLacksIsNoCeiling() {
    var ceilings =
        new MachineCeilings(() ->
            new MachineCeilings.Reading(
                Map.of(MachineCeilings.MULTIPLY_ADDS, 1e11, "tdpbf16ps", Double.NaN), Double.NaN));
    ceilings.measure();
    assertEquals(1e11, ceilings.of(Product.parse("pytorch:bf16")));
    var report = Report.begin("Title", "commit", "command");
    ceilings.report(report, "1 thread");
    assertTrue(
        report.text().contains("ceiling of tdpbf16ps, 1 thread: not to be had here\n"),
        report::text);
  }

  @Test
  void tableComparesWithTheFirstSide() {
    var report = Report.begin("Title", "commit", "command");
    var task = new Task(Network.MLP, Path.of("data"), 128, 2, 1000, "");
    TrainingRace.table(
        report,
        task,
        1000,
        new MachineCeilings(() -> new MachineCeilings.Reading(Map.of(), Double.NaN)),
        List.of(
            new TrainingRace.Result(
                Product.parse("descent:cpu"), Spread.of(List.of(1.0, 3.0, 2.0)), 5, 0, 0, 0.5, 0.9),
            new TrainingRace.Result(
                Product.parse("other"), Spread.of(List.of(5.0)), 4, 2, 1, 0.25, 0.8)));
    List<String> rows = report.text().lines().filter(line -> line.startsWith("| ")).toList();
    // 1000 samples of 3.209 MFLOP (2 * 2 * 784 * 512 + 3 * 2 * 512 * 522) in 2 s and in 5 s.
    assertEquals(
        "| descent:cpu | 2.000 | 1.000 | 3.000 | 3 | 0 | 0 | 1.6 | - | 1.00 | 5 | 0.5000 | 90.00 % |",
        rows.get(1));
    assertEquals(
        "| other | 5.000 | 5.000 | 5.000 | 1 | 2 | 1 | 0.6 | - | 2.50 | 4 | 0.2500 | 80.00 % |",
        rows.get(2));
  }

  @Test
  void operationsOfANetworkAreThoseOfItsProducts() {
    // Multiply-adds of each layer, positions x taps x channels x filters; the first has no
    // derivative by its input.
    double first = 784 * 9 * 25;
    double others = 196 * 9 * 25 * 50 + 49 * 9 * 50 * 75 + 675 * 512 + 512 * 24;
    assertEquals(2 * (2 * first + 3 * others), Network.ASL_CNN.operations());
    first = 784 * 9 * 75;
    others = 196 * 9 * 75 * 50 + 49 * 9 * 50 * 25 + 400 * 512 + 512 * 24;
    assertEquals(2 * (2 * first + 3 * others), Network.ASL_CNN_KERAS.operations());
  }

  @Test
  void tasksAreReadAsTheyAreWritten() {
    for (Network network : Network.values()) {
      var task = new Task(network, Path.of("data"), 3, 2, 1, "variant");
      assertEquals(task, Task.of(task.arguments().toArray(String[]::new)));
    }
    assertThrows(IllegalArgumentException.class, () -> Network.of("MLP"));
  }

  @Test
  void shapesAreReadAsTheyAreWritten() {
    for (String text : List.of("32x784x512", "784Tx128x512", "128x512x784T", "1x1x1")) {
      assertEquals(text, Shape.parse(text).toString());
    }
    assertEquals(new Shape(7, 2, 5, true, false), Shape.parse("7Tx2x5"));
    for (String text : List.of("", "1x2", "0x1x1", "1xTx1", "-1x2x3", "1x2x3x4", "100000x1x1")) {
      var e = assertThrows(IllegalArgumentException.class, () -> Shape.parse(text), text);
      assertTrue(e.getMessage().startsWith(text + " "), e.getMessage());
    }
  }

  @Test
  void productOfWholeNumbersKnowsTransposedOperands() {
    // (1 2; 3 4) (5 6; 7 8) = (19 22; 43 50)
    int[] expected = {19, 22, 43, 50};
    int[] a = {1, 2, 3, 4};
    int[] aTransposed = {1, 3, 2, 4};
    int[] b = {5, 6, 7, 8};
    int[] bTransposed = {5, 7, 6, 8};
    assertArrayEquals(expected, Products.multiply(new Shape(2, 2, 2, false, false), a, b));
    assertArrayEquals(
        expected, Products.multiply(new Shape(2, 2, 2, true, true), aTransposed, bTransposed));
    assertThrows(
        IllegalStateException.class,
        () ->
            Products.requireEqual(
                new Shape(1, 1, 2, false, false), new int[] {64, 128}, new float[] {1, 3}));
  }

  @Test
  void sidesHaveANameAndPerhapsAVariant() {
    assertEquals(new Product("descent", "opencl:1"), Product.parse("descent:opencl:1"));
    assertEquals(new Product("descent", "native+bf16"), Product.parse("descent:native+bf16"));
    assertEquals(new Product("mkl", ""), Product.parse("mkl"));
    assertThrows(IllegalArgumentException.class, () -> Product.parse("../mkl"));
  }
}
