package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.CsvOptions.Scaling;
import dev.descent.data.read.TableReader;
import dev.descent.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tables in the forms of well-known ones, all the way: trained, evaluated with their columns in
/// another order, predicted to a file, and resumed. The figures are those of a float64 program that
/// starts with the same weights and takes the same batches.
final class TableAccuracyTest {
  private static final int EPOCHS = 30;
  private static final int BATCH = 40;
  private static final double RATE = 0.02;

  @TempDir private Path folder;

  private static Shell done(String line, String... more) {
    Shell shell =
        Shell.run(
            Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toArray(String[]::new));
    assertEquals(0, shell.status(), shell::toString);
    return shell;
  }

  private static double figure(Shell shell, String name) {
    Matcher matcher =
        Pattern.compile(name + ":? (-?[0-9][0-9.,]*(?:e[-+]?\\d+)?)").matcher(shell.out());
    assertTrue(matcher.find(), () -> name + " is not in " + shell);
    return Double.parseDouble(matcher.group(1).replace(",", ""));
  }

  /// Trains a table, and compares what comes of it.
  ///
  /// @param delimiter of the file
  /// @param rows with a header first, where the file has one
  /// @param options as the flags say
  /// @param hidden the widths of hidden layers
  private void allTheWay(
      char delimiter,
      boolean header,
      List<List<String>> rows,
      CsvOptions options,
      String flags,
      int... hidden)
      throws IOException {
    Path table = write("table.csv", delimiter, rows);
    Path model = folder.resolve("model.safetensors");
    String widths =
        hidden.length == 0
            ? "none"
            : String.join(",", Arrays.stream(hidden).mapToObj(Integer::toString).toList());
    String train =
        "train csv:%s --backend cpu --threads 1 --hidden %s --batch %d --lr %s%s"
            .formatted(table, widths, BATCH, RATE, flags);
    done(train + " --epochs " + EPOCHS + " --save " + model);

    List<DataSet> parts =
        new TableReader(options.withScaling(Scaling.AUTO))
            .split("t", table, List.of(0.8, 0.2), 1, null);
    DataSet learned = parts.getFirst();
    Preparation preparation = Model.load(model).preparation().orElseThrow();
    assertEquals(learned.preparation().orElseThrow(), preparation);
    DataSet all =
        new TableReader(CsvOptions.defaults().withHeader(options.format().header()))
            .read("t", table, preparation, true);
    var truth = new Float64Training(learned, hidden).fit(learned, EPOCHS, BATCH, RATE);

    // In the order of training, and in another.
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, rows.getFirst().size()).boxed().toList());
    Collections.shuffle(order, new Random(5));
    Path reordered =
        header
            ? write(
                "reordered.csv",
                '|',
                rows.stream().map(row -> order.stream().map(row::get).toList()).toList())
            : table;
    String evaluate = "evaluate --backend cpu --threads 1 --model %s csv:".formatted(model);
    double loss = truth.loss(all);
    for (Path file : List.of(table, reordered)) {
      Shell evaluated = done(evaluate + file);
      assertEquals(loss, figure(evaluated, "loss"), 6e-5 + 2e-3 * loss, evaluated::toString);
      if (all.isClassified()) {
        assertEquals(truth.accuracy(all), figure(evaluated, "accuracy"), 5e-5 + 1.01 / all.size());
        assertTrue(truth.accuracy(all) > 0.7, evaluated::toString);
      } else {
        double rmse = unit(preparation) * Math.sqrt(loss);
        assertEquals(rmse, figure(evaluated, "RMSE"), 2e-3 * rmse, evaluated::toString);
      }
    }
    predicted(reordered, model, all, preparation, truth);

    // Stopped and resumed it is the same, to the bit.
    Path checkpoint = folder.resolve("run");
    Path again = folder.resolve("again.safetensors");
    done(train + " --epochs " + EPOCHS / 3 + " --checkpoint " + checkpoint);
    done(
        "train csv:%s --backend cpu --threads 1 --epochs %d --resume %s --save %s"
            .formatted(table, EPOCHS, checkpoint, again));
    assertArrayEquals(Model.load(model).parameters(), Model.load(again).parameters());
  }

  private static double unit(Preparation preparation) {
    return ((Preparation.Targets) preparation.answers()).columns().getFirst().deviation();
  }

  /// A row of answers for each row, of which as many are right as the float64 program says.
  private void predicted(
      Path table, Path model, DataSet all, Preparation preparation, Float64Training truth)
      throws IOException {
    Path out = folder.resolve("answers.csv");
    done(
        "predict --backend cpu --threads 1 --model %s csv:%s --top 1 --out %s"
            .formatted(model, table, out));
    List<String> lines = Files.readAllLines(out);
    assertEquals(all.size() + 1, lines.size());
    double right = 0;
    double squares = 0;
    for (int row = 0; row < all.size(); row++) {
      String said = lines.get(row + 1).substring(lines.get(row + 1).indexOf(',') + 1);
      if (all.isClassified()) {
        right += said.equals(all.classNames().get(all.labels()[row])) ? 1 : 0;
      } else {
        double target =
            ((Preparation.Targets) preparation.answers())
                .columns()
                .getFirst()
                .value(all.targets()[row]);
        double error = Double.parseDouble(said) - target;
        squares += error * error;
      }
    }
    if (all.isClassified()) {
      assertEquals(truth.accuracy(all), right / all.size(), 1.01 / all.size());
    } else {
      double rmse = Math.sqrt(squares / all.size());
      assertEquals(unit(preparation) * Math.sqrt(truth.loss(all)), rmse, 2e-3 * rmse);
    }
  }

  private Path write(String name, char delimiter, List<List<String>> rows) throws IOException {
    return Files.write(
        folder.resolve(name),
        rows.stream().map(row -> String.join(String.valueOf(delimiter), row)).toList());
  }

  private static String decimal(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /// The form of UCI: no header, the species' name last.
  @Test
  void irisHasNamesOfClassesAndNoHeader() throws IOException {
    double[][] means = {{5.0, 3.4, 1.5, 0.2}, {5.9, 2.8, 4.3, 1.3}, {6.6, 3.0, 5.6, 2.0}};
    String[] species = {"Iris-setosa", "Iris-versicolor", "Iris-virginica"};
    var random = new Random(3);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      List<String> row = new ArrayList<>();
      for (double mean : means[i / 50]) {
        row.add(decimal(mean * (1 + 0.08 * random.nextGaussian()), 1));
      }
      row.add(species[i / 50]);
      rows.add(row);
    }
    CsvOptions options = CsvOptions.defaults();
    allTheWay(',', false, rows, options, "", 6);
  }

  /// The form of UCI: semicolons, names in quotes, a quality from 3 to 6.
  private static List<List<String>> wine() {
    var random = new Random(5);
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "\"fixed acidity\"",
            "\"volatile acidity\"",
            "\"alcohol\"",
            "\"density\"",
            "\"quality\""));
    for (int i = 0; i < 400; i++) {
      int quality = 3 + random.nextInt(4);
      rows.add(
          List.of(
              decimal(9 - 0.6 * quality + 0.5 * random.nextGaussian(), 1),
              decimal(0.5 + 0.1 * random.nextGaussian(), 3),
              decimal(8 + quality + 0.5 * random.nextGaussian(), 2),
              decimal(0.99 + 0.001 * random.nextGaussian(), 5),
              Integer.toString(quality)));
    }
    return rows;
  }

  @Test
  void wineQualityHasSemicolons() throws IOException {
    CsvOptions options = CsvOptions.defaults().withLabelColumn("quality");
    allTheWay(';', true, wine(), options, " --label quality", 8);
  }

  @Test
  void wineQualityAsANumber() throws IOException {
    CsvOptions options = CsvOptions.defaults().withTargets(List.of("quality"));
    allTheWay(';', true, wine(), options, " --target quality");
  }

  /// Gaps, names in quotes with commas, texts.
  @Test
  void titanicHasGapsAndTexts() throws IOException {
    var random = new Random(11);
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("PassengerId", "Survived", "Pclass", "Name", "Sex", "Age", "Fare", "Embarked"));
    for (int i = 1; i <= 400; i++) {
      boolean female = random.nextInt(5) < 2;
      int pclass = 1 + random.nextInt(3);
      double chance = (female ? 0.85 : 0.1) + 0.1 * (2 - pclass);
      rows.add(
          List.of(
              Integer.toString(i),
              random.nextDouble() < chance ? "1" : "0",
              Integer.toString(pclass),
              "\"Name%d| Mr. \"\"Nick\"\", X\"".formatted(i),
              female ? "female" : "male",
              i % 5 == 0 ? "" : Integer.toString(1 + random.nextInt(70)),
              decimal(90.0 / pclass + 5 * random.nextDouble(), 2),
              i % 97 == 0 ? "" : "SCQ".substring(i % 3, i % 3 + 1)));
    }
    List<String> dropped = List.of("Name", "PassengerId");
    CsvOptions options =
        CsvOptions.defaults()
            .withLabelColumn("Survived")
            .withMissing(Missing.MEDIAN)
            .withDrop(dropped)
            .withCategories(List.of("Pclass"));
    String flags = " --label Survived --missing median --drop Name,PassengerId --category Pclass";
    allTheWay(',', true, rows, options, flags);
  }

  /// The form of California's housing: decimals, a column of texts, values in dollars.
  @Test
  void housingIsInDollars() throws IOException {
    String[] places = {"<1H OCEAN", "INLAND", "NEAR BAY"};
    var random = new Random(13);
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("housing_median_age", "median_income", "median_house_value", "ocean_proximity"));
    for (int i = 0; i < 400; i++) {
      int place = random.nextInt(3);
      double income = 1 + 6 * random.nextDouble();
      double age = 1 + random.nextInt(52);
      double value = 40_000 * income + 500 * age + 60_000 * place + 9000 * random.nextGaussian();
      rows.add(List.of(decimal(age, 1), decimal(income, 4), decimal(value, 1), places[place]));
    }
    CsvOptions options = CsvOptions.defaults().withTargets(List.of("median_house_value"));
    allTheWay(',', true, rows, options, " --target median_house_value", 12);
  }
}
