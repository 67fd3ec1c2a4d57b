package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages of runs and measurements: what they have of target values and of classes.
final class RegressionReportTest {
  @TempDir private Path folder;

  private static Shell done(String command) {
    Shell shell = Shell.run(command.split(" "));
    assertEquals(0, shell.status(), shell::toString);
    return shell;
  }

  /// Houses: the price is 100,000 and 2,000 a metre, the tax a thousandth of it.
  private Path houses() throws IOException {
    List<String> rows = new ArrayList<>(List.of("size,price,<b>tax</b>"));
    for (int i = 0; i < 60; i++) {
      int size = 40 + 7 * i % 100;
      rows.add("%d,%d,%d".formatted(size, 100_000 + 2000 * size + 500 * (i % 5), 100 + 2 * size));
    }
    return Files.write(folder.resolve("houses.csv"), rows);
  }

  @Test
  void targetsAreShownAfterTrainingAndByEvaluate() throws IOException {
    Path table = houses();
    Path model = folder.resolve("model");
    Path page = folder.resolve("run.html");
    done(
        "train csv:%s --target price,<b>tax</b> --hidden none --epochs 20 --batch 8 --lr 0.05 --backend reference --save %s --report %s"
            .formatted(table, model, page));
    String run = Files.readString(page);
    assertTrue(run.contains("<h2>Predicted and true values</h2>"), run);
    assertTrue(run.contains("12 samples of"), run);
    assertTrue(run.contains("Residuals: \u2068price\u2069"), run);
    assertTrue(run.contains("<td>&lt;b&gt;tax&lt;/b&gt;</td>"), run);
    assertFalse(run.contains("<b>tax"), run);

    String evaluate =
        "evaluate csv:%s --model %s --backend reference --report %s".formatted(table, model, page);
    Shell evaluated = done(evaluate);
    String measured = Files.readString(page);
    assertTrue(evaluated.out().endsWith("report: " + page + "\n"), evaluated::toString);
    for (String figure : List.of("MSE", "MAE", "RMSE", "R2")) {
      Matcher value = Pattern.compile("price: .*\\b" + figure + " (\\S+)").matcher(evaluated.out());
      assertTrue(value.find(), evaluated::toString);
      // The page has three digits behind the point where numbers are large.
      double told = Double.parseDouble(value.group(1));
      assertTrue(
          Pattern.compile("<td>([-0-9.e+]+)</td>")
              .matcher(measured)
              .results()
              .anyMatch(cell ->
                  Math.abs(Double.parseDouble(cell.group(1)) - told) <= 1e-3 * Math.abs(told)),
          () -> figure + " " + told + " is not in " + measured);
    }
    assertTrue(measured.contains("<h1>csv:" + table + ": evaluation</h1>"), measured);
    assertTrue(measured.contains("60 samples of"), measured);
    assertTrue(measured.contains("descent evaluate csv:"), measured);
  }

  @Test
  void classesAreShownByEvaluateAndOtherFilesAreKept() throws IOException {
    Path model = folder.resolve("model");
    done("train digits --limit 30 --hidden 4 --epochs 1 --backend reference --save " + model);
    Path page = folder.resolve("page.html");
    String evaluate = "evaluate digits --limit 30 --backend reference --model %s --report %s";
    done(evaluate.formatted(model, page));
    String measured = Files.readString(page);
    assertTrue(measured.contains("<table class=\"confusion\">"), measured);
    assertFalse(measured.contains("Predicted and true values"), measured);
    Path mine = Files.writeString(folder.resolve("mine.html"), "mine");
    Shell refused = Shell.run(evaluate.formatted(model, mine).split(" "));
    assertEquals(1, refused.status(), refused::toString);
    assertTrue(refused.err().contains("not ours to overwrite"), refused::toString);
    assertEquals("mine", Files.readString(mine));
  }
}
