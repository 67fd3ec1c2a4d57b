package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.Interruption;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.TrainTest;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.CsvOptions.Scaling;
import dev.descent.data.read.TableReader;
import dev.descent.model.Model;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tables as people have them, from training to predictions in a file; figures beside those of
/// plain float64 programs.
final class TablesTest {
  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static Shell done(String... args) {
    Shell shell = Shell.run(args);
    assertEquals(0, shell.status(), shell::toString);
    return shell;
  }

  private static Shell refused(int status, String message, String... args) {
    Shell shell = Shell.run(args);
    assertEquals(status, shell.status(), shell::toString);
    assertTrue(shell.err().contains(message), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    return shell;
  }

  private static double figure(Shell shell, String name) {
    Matcher matcher = Pattern.compile(name + ":? (-?[0-9.]+(e[-+]?\\d+)?)").matcher(shell.out());
    assertTrue(matcher.find(), () -> name + " is not in " + shell);
    return Double.parseDouble(matcher.group(1));
  }

  private static String[] train(Path table, Path model, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "csv:" + table,
                "--backend",
                "cpu",
                "--threads",
                "1",
                "--save",
                model.toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static final String[] SPECIES = {"Iris-setosa", "Iris-versicolor", "Iris-virginica"};
  private static final double[][] MEANS = {
    {5.0, 3.4, 1.5, 0.2}, {5.9, 2.8, 4.3, 1.3}, {6.6, 3.0, 5.6, 2.0}
  };

  /// In the form of the file of UCI: no header, the species' name last.
  private static List<String> iris() {
    var random = new Random(3);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      double[] means = MEANS[i / 50];
      StringBuilder row = new StringBuilder();
      for (double mean : means) {
        double value = mean + 0.08 * mean * random.nextGaussian();
        row.append(String.format(Locale.ROOT, "%.1f,", value));
      }
      rows.add(row + SPECIES[i / 50]);
    }
    return rows;
  }

  @Test
  void irisWithNamesOfClassesAndNoHeader() throws IOException {
    List<String> rows = iris();
    Path table = write("iris.data", String.join("\n", rows) + "\n\n");
    Path model = folder.resolve("iris.safetensors");
    Shell trained =
        done(train(table, model, "--hidden", "none", "--epochs", "200", "--lr", "0.05"));
    assertTrue(
        trained.out().contains("120 training and 30 validation rows of 4 values, 3 classes"),
        trained::toString);
    assertTrue(trained.out().contains("the labels are in column 5"), trained::toString);
    Preparation preparation = Model.load(model).preparation().orElseThrow();
    assertEquals(List.of(SPECIES), preparation.classNames());

    String evaluate = "evaluate --backend cpu --model " + model;
    Shell evaluated = done((evaluate + " csv:" + table).split(" "));
    double accuracy = figure(evaluated, "accuracy");
    CsvOptions options = CsvOptions.defaults().withScaling(Scaling.AUTO);
    TrainTest parts = new TableReader(options).split("iris.data", table, 0.2f, 1);
    DataSet all = new TableReader(options).read("iris", table, preparation, true);
    assertEquals(Logistic.fit(parts.train()).accuracy(all), accuracy, 0.03);
    assertTrue(accuracy > 0.9, evaluated::toString);

    // Another order of rows is another order of answers, and nothing else.
    Collections.reverse(rows);
    Path reversed = write("reversed.csv", String.join("\n", rows) + "\n");
    assertEquals(
        accuracy, figure(done((evaluate + " csv:" + reversed).split(" ")), "accuracy"), 1e-9);

    // Without answers: a row a sample, with class and probabilities.
    List<String> bare = rows.stream().map(row -> row.substring(0, row.lastIndexOf(','))).toList();
    Path features = write("features.csv", String.join("\n", bare) + "\n");
    Path out = folder.resolve("out.csv");
    done(
        "predict",
        "--backend",
        "cpu",
        "--model",
        model.toString(),
        "csv:" + features,
        "--out",
        out.toString());
    List<String> lines = Files.readAllLines(out);
    assertEquals(
        "row,prediction,p(Iris-setosa),p(Iris-versicolor),p(Iris-virginica)", lines.getFirst());
    assertEquals(151, lines.size());
    int right = 0;
    for (int i = 0; i < 150; i++) {
      String[] cells = lines.get(i + 1).split(",", -1);
      assertEquals(Integer.toString(i + 1), cells[0]);
      double sum = Arrays.stream(cells).skip(2).mapToDouble(Double::parseDouble).sum();
      assertEquals(1, sum, 1e-5);
      right += rows.get(i).endsWith("," + cells[1]) ? 1 : 0;
    }
    assertEquals(accuracy, right / 150.0, 1e-4);
  }

  /// In the form of the files of UCI: semicolons, names in quotes, whole numbers as labels.
  @Test
  void wineQualityWithSemicolons() throws IOException {
    var random = new Random(5);
    StringBuilder text =
        new StringBuilder("\"fixed acidity\";\"alcohol\";\"density\";\"quality\"\n");
    for (int i = 0; i < 600; i++) {
      int quality = 3 + random.nextInt(4);
      text.append(
          String.format(
              Locale.ROOT,
              "%.1f;%.2f;%.5f;%d%n",
              9 - 0.6 * quality + 0.3 * random.nextGaussian(),
              8 + quality + 0.3 * random.nextGaussian(),
              0.99 + 0.001 * random.nextGaussian(),
              quality));
    }
    Path table = write("winequality.csv", text.toString());
    Path model = folder.resolve("wine.safetensors");
    refused(
        4,
        "column 'fixed acidity' looks like a value, not a label",
        train(table, model, "--hidden", "8"));
    String[] wine = {"--hidden", "8", "--epochs", "60", "--lr", "0.02", "--batch", "32"};
    Shell trained = done(train(table, model, with(wine, "--label", "quality")));
    assertTrue(trained.out().contains("';' between values"), trained::toString);
    assertTrue(figure(trained, "best validation accuracy") > 0.75, trained::toString);
    assertEquals(
        List.of("3", "4", "5", "6"), Model.load(model).preparation().orElseThrow().classNames());
    // The same as numbers to predict.
    Path regression = folder.resolve("regression.safetensors");
    Shell numbers = done(train(table, regression, with(wine, "--target", "quality")));
    assertTrue(figure(numbers, "RMSE") < 0.5, numbers::toString);
  }

  /// Gaps, names in quotes with commas, texts, and columns that no model learns from.
  @Test
  void titanicWithGapsAndTexts() throws IOException {
    var random = new Random(11);
    List<String> rows = new ArrayList<>();
    for (int i = 1; i <= 500; i++) {
      boolean female = random.nextInt(5) < 2;
      int pclass = 1 + random.nextInt(3);
      double chance = (female ? 0.85 : 0.2) + 0.1 * (2 - pclass);
      rows.add(
          "%d,%d,%d,\"Name%d, %s. \"\"Nick\"\"\",%s,%s,%.2f,%s"
              .formatted(
                  i,
                  random.nextDouble() < chance ? 1 : 0,
                  pclass,
                  i,
                  female ? "Mrs" : "Mr",
                  female ? "female" : "male",
                  i % 5 == 0 ? "" : Integer.toString(1 + random.nextInt(70)),
                  90.0 / pclass + 5 * random.nextDouble(),
                  i % 97 == 0 ? "" : "SCQ".substring(i % 3, i % 3 + 1)));
    }
    String header = "PassengerId,Survived,Pclass,Name,Sex,Age,Fare,Embarked\n";
    Path table = write("train.csv", header + String.join("\n", rows) + "\n");
    Path model = folder.resolve("titanic.safetensors");
    // Following each message leads to a model.
    refused(4, "--label", train(table, model));
    refused(4, "--missing", train(table, model, "--label", "Survived"));
    refused(4, "--drop Name", train(table, model, "--label", "Survived", "--missing", "median"));
    String[] whole =
        train(
            table,
            model,
            "--label",
            "Survived",
            "--missing",
            "median",
            "--drop",
            "Name,PassengerId",
            "--category",
            "Pclass",
            "--hidden",
            "none",
            "--epochs",
            "150",
            "--lr",
            "0.02");
    done(whole);
    Preparation preparation = Model.load(model).preparation().orElseThrow();
    Shell evaluated =
        done("evaluate", "--backend", "cpu", "--model", model.toString(), "csv:" + table);
    CsvOptions options =
        CsvOptions.defaults()
            .withScaling(Scaling.AUTO)
            .withLabelColumn("Survived")
            .withMissing(Missing.MEDIAN)
            .withDrop(List.of("Name", "PassengerId"))
            .withCategories(List.of("Pclass"));
    TrainTest parts = new TableReader(options).split("t", table, 0.2f, 1);
    assertEquals(preparation, parts.train().preparation().orElseThrow());
    DataSet all = new TableReader(CsvOptions.defaults()).read("t", table, preparation, true);
    double expected = Logistic.fit(parts.train()).accuracy(all);
    assertEquals(expected, figure(evaluated, "accuracy"), 0.02);
    assertTrue(expected > 0.7, () -> "accuracy " + expected);

    // The answer file of the contest: the passengers' own numbers, columns in another order.
    Path test =
        write(
            "test.csv",
            """
            Sex,PassengerId,Pclass,Name,Age,Fare,Embarked,Cabin
            female,892,1,"A, B",,80,S,C1
            male,893,3,C,30,8,Q,
            """);
    Path answers = folder.resolve("answers.csv");
    Shell predicted =
        done(
            "predict",
            "--backend",
            "cpu",
            "--model",
            model.toString(),
            "csv:" + test,
            "--out",
            answers.toString(),
            "--columns",
            "PassengerId,Survived");
    assertEquals(List.of("PassengerId,Survived", "892,1", "893,0"), Files.readAllLines(answers));
    assertTrue(
        predicted.out().contains("passed over what the model does not take: Cabin"),
        predicted::toString);
  }

  /// In the form of California's housing: decimals, a column of texts, values in dollars.
  @Test
  void housingInItsOwnUnit() throws IOException {
    var random = new Random(13);
    String[] places = {"<1H OCEAN", "INLAND", "NEAR BAY"};
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 800; i++) {
      int place = random.nextInt(3);
      double income = 1 + 6 * random.nextDouble();
      double age = 1 + random.nextInt(52);
      double value =
          40_000 * income
              + 500 * age
              + 60_000 * (place - 1)
              + 100_000
              + 9000 * random.nextGaussian();
      rows.add(String.format(Locale.ROOT, "%.1f,%.4f,%.1f,%s", age, income, value, places[place]));
    }
    String header = "housing_median_age,median_income,median_house_value,ocean_proximity\n";
    Path table = write("housing.csv", header + String.join("\n", rows) + "\n");
    Path model = folder.resolve("housing.safetensors");
    Shell trained =
        done(
            train(
                table,
                model,
                "--target",
                "median_house_value",
                "--hidden",
                "none",
                "--epochs",
                "150",
                "--lr",
                "0.01"));
    Preparation preparation = Model.load(model).preparation().orElseThrow();
    String[] evaluate = {
      "evaluate", "--backend", "cpu", "--model", model.toString(), "csv:" + table
    };
    Shell evaluated = done(evaluate);
    CsvOptions options =
        CsvOptions.defaults().withScaling(Scaling.AUTO).withTargets(List.of("median_house_value"));
    TrainTest parts = new TableReader(options).split("t", table, 0.2f, 1);
    DataSet all = new TableReader(CsvOptions.defaults()).read("t", table, preparation, true);
    double unit = ((Preparation.Targets) preparation.answers()).columns().getFirst().deviation();
    double expected = unit * LeastSquares.fit(parts.train()).rmse(all);
    assertEquals(expected, figure(evaluated, "RMSE"), 0.02 * expected);
    assertEquals(9000, expected, 700);
    assertEquals(expected, figure(trained, "validation"), 0.2 * expected);
    double rmse = figure(evaluated, "RMSE");
    assertEquals(rmse * rmse, figure(evaluated, "MSE"), 1e-3 * rmse * rmse);
    assertTrue(figure(evaluated, "R2") > 0.9, evaluated::toString);
    assertTrue(figure(evaluated, "MAE") < rmse, evaluated::toString);

    Path reordered =
        write(
            "reordered.csv",
            """
            ocean_proximity,median_house_value,median_income,housing_median_age
            INLAND,1,3.5,20
            NEAR BAY,1,3.5,20
            """);
    Shell values =
        done("predict", "--backend", "cpu", "--model", model.toString(), "csv:" + reordered);
    List<String> lines = values.lines();
    assertEquals("row,median_house_value", lines.get(lines.size() - 3));
    double inland = Double.parseDouble(lines.get(lines.size() - 2).split(",", -1)[1]);
    double bay = Double.parseDouble(lines.getLast().split(",", -1)[1]);
    assertEquals(40_000 * 3.5 + 500 * 20 + 100_000, inland, 5000);
    assertEquals(60_000, bay - inland, 5000);
  }

  /// The answer file of Kaggle's digit recognizer, in one command.
  @Test
  void kagglesDigits() throws IOException {
    StringBuilder train = new StringBuilder("label");
    StringBuilder test = new StringBuilder();
    for (int i = 0; i < 784; i++) {
      train.append(",pixel").append(i);
      test.append(i == 0 ? "" : ",").append("pixel").append(i);
    }
    DataSet digits = dev.descent.data.known.Digits.draw(1, 0, 400);
    for (int row = 0; row < 400; row++) {
      (row < 350 ? train : test).append('\n');
      if (row < 350) {
        train.append(digits.labels()[row]);
      }
      for (int i = 0; i < 784; i++) {
        int pixel = digits.bytes()[row * 784 + i] & 0xFF;
        (row < 350 ? train : test).append(row < 350 || i > 0 ? "," : "").append(pixel);
      }
    }
    Path zip = folder.resolve("digit-recognizer.zip");
    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (var entry : List.of("train.csv", "test.csv", "sample_submission.csv")) {
        out.putNextEntry(new ZipEntry(entry));
        String text = entry.equals("train.csv") ? train.toString() : test.toString();
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
    Path model = folder.resolve("k.safetensors");
    refused(4, "csv:FILE.zip!NAME", train(zip, model));
    done(train(Path.of(zip + "!train.csv"), model, "--hidden", "64", "--epochs", "8"));
    Path answers = folder.resolve("submission.csv");
    done(
        "predict",
        "--backend",
        "cpu",
        "--model",
        model.toString(),
        "csv:" + zip + "!test.csv",
        "--out",
        answers.toString(),
        "--top",
        "1",
        "--columns",
        "ImageId,Label");
    List<String> lines = Files.readAllLines(answers);
    assertEquals("ImageId,Label", lines.getFirst());
    int right = 0;
    for (int i = 0; i < 50; i++) {
      String[] cells = lines.get(i + 1).split(",", -1);
      assertEquals(Integer.toString(i + 1), cells[0]);
      right += cells[1].equals(Integer.toString(digits.labels()[350 + i])) ? 1 : 0;
    }
    assertTrue(right > 30, right + " of 50");
    // The file without labels teaches nothing.
    refused(
        4, "'pixel0' looks like a value, not a label", train(Path.of(zip + "!test.csv"), model));
  }

  private Path twoClasses(String name, String header, boolean swapped) throws IOException {
    var random = new Random(1);
    StringBuilder text = new StringBuilder(header);
    for (int i = 0; i < 60; i++) {
      int label = i % 2;
      text.append(
          String.format(
              Locale.ROOT,
              "%d,%.3f,%.3f\n",
              swapped ? 1 - label : label,
              label + 0.1 * random.nextGaussian(),
              40_000 + 20_000 * random.nextDouble()));
    }
    return write(name, text.toString());
  }

  @Test
  void resumingOnOtherDataIsRefusedByWhatDiffers() throws IOException {
    Path table = twoClasses("a.csv", "label,age,salary\n", false);
    Path model = folder.resolve("m.safetensors");
    Path checkpoint = folder.resolve("c.safetensors");
    String[] args = {"--hidden", "4", "--checkpoint", checkpoint.toString()};
    done(train(table, model, with(args, "--epochs", "2")));
    String[] more = {"--resume", checkpoint.toString(), "--epochs", "3"};
    Path swapped = twoClasses("b.csv", "label,age,salary\n", true);
    refused(1, "the answers differ; --force", train(swapped, model, more));
    Shell forced = done(train(swapped, model, with(more, "--force")));
    assertTrue(forced.out().contains("the training data are not that run's"), forced::toString);
    Path renamed = twoClasses("c.csv", "label,years,salary\n", false);
    refused(
        4,
        "no column 'age', which the model takes; it does not know years",
        train(renamed, model, more));
    done(train(table, model, more));
  }

  private static String[] with(String[] args, String... more) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /// What is learned without a word where one column is a thousand times another.
  @Test
  void scalesFarApartAreBroughtTogether() throws IOException {
    Path table = twoClasses("a.csv", "label,age,salary\n", false);
    Path model = folder.resolve("m.safetensors");
    String[] settings = {"--hidden", "8", "--epochs", "10", "--lr", "0.01", "--batch", "8"};
    Shell standard = done(train(table, model, settings));
    assertTrue(figure(standard, "best validation accuracy") > 0.95, standard::toString);
    Shell raw = done(train(table, model, with(settings, "--no-standardize")));
    assertTrue(
        raw.out().contains("differ in scale by more than 1,000; --standardize"), raw::toString);
  }

  @Test
  void whatTeachesNothingIsRefusedOrSaid() throws IOException {
    Path model = folder.resolve("m.safetensors");
    StringBuilder text = new StringBuilder("label,a,b,c\n");
    for (int i = 0; i < 40; i++) {
      text.append("1,").append(i).append(",7,").append(i % 3).append('\n');
    }
    Path one = write("one.csv", text.toString());
    refused(4, "each sample has the class 1, so nothing can be learned", train(one, model));
    done(train(one, model, "--label", "c", "--hidden", "4", "--drop", "label"));
    Shell warned = done(train(one, model, "--label", "c", "--hidden", "4"));
    assertTrue(
        warned
            .out()
            .contains(
                "columns label, b have one value in all rows and teach nothing;"
                    + " --drop label,b"),
        warned::toString);
    refused(4, "39 different labels in 39 rows", train(one, model, "--label", "a"));
    done(train(one, model, "--target", "a", "--drop", "label,b", "--hidden", "4"));
    Path rare = write("rare.csv", text.toString().replace("1,5,7,2", "2,5,7,2"));
    Shell single = done(train(rare, model, "--hidden", "4"));
    assertTrue(
        single.out().contains("class 2 has a single sample to train on and none to validate on"),
        single::toString);
  }

  @Test
  void aTargetThatDoesNotChangeIsToldOf() throws IOException {
    Path model = folder.resolve("m.safetensors");
    String warning = "warning: all rows have the same target, so there is nothing to learn";
    Path same = write("same.csv", "y,a\n5,1\n5,2\n5,3\n5,4\n");
    assertTrue(done(train(same, model, "--target", "y", "--hidden", "4")).out().contains(warning));
    Path last = write("last.csv", "y,z,a\n5,1,1\n5,1,2\n5,1,3\n5,2,4\n5,3,4\n5,4,4\n5,5,4\n");
    String said = done(train(last, model, "--target", "y,z", "--hidden", "4")).out();
    assertFalse(said.contains(warning), said);
  }

  @Test
  void rareClassesAreToldOfAsTheyAre() throws IOException {
    Path model = folder.resolve("m.safetensors");
    Path both = write("both.csv", "label,a\n0,1\n1,2\n0,3\n1,3\n");
    String said = done(train(both, model, "--hidden", "4")).out();
    assertTrue(said.contains("2 training and 2 validation rows"), said);
    assertTrue(
        said.contains("warning: classes 0, 1 have a single sample to train on; add samples\n"),
        said);
    Path few = write("few.csv", "label,a\n0,1\n0,2\n1,3\n1,4\n1,5\n2,6\n2,7\n2,8\n");
    said = done(train(few, model, "--hidden", "4", "--limit", "4")).out();
    assertTrue(said.contains("4 training and 3 validation rows of 1 value, 3 classes\n"), said);
    assertTrue(
        said.contains(
            "warning: class 0 has no sample to train on, only to validate or test on; add"
                + " samples\n"),
        said);
    assertFalse(said.contains("single sample"), said);
  }

  @Test
  void picturesAndTablesAreNotTakenForEachOther() throws IOException {
    Path table = twoClasses("a.csv", "label,age,salary\n", false);
    Path model = folder.resolve("m.safetensors");
    done(train(table, model, "--hidden", "4"));
    refused(
        4,
        "the model takes rows of a table, not pictures; it knows the columns age, salary",
        "predict",
        "--model",
        model.toString(),
        folder.resolve("x.png").toString());
    refused(
        4, "not pictures", "evaluate", "--backend", "cpu", "--model", model.toString(), "digits");
    Path digits = folder.resolve("d.safetensors");
    done(
        "train",
        "digits",
        "--limit",
        "100",
        "--epochs",
        "1",
        "--hidden",
        "4",
        "--backend",
        "cpu",
        "--save",
        digits.toString());
    refused(
        4,
        "the model takes pictures of 28 x 28",
        "predict",
        "--backend",
        "cpu",
        "--model",
        digits.toString(),
        "csv:" + table);
  }

  @Test
  void flagsThatDoNotGoTogether() throws IOException {
    Path table = twoClasses("a.csv", "label,age,salary\n", false);
    String csv = "csv:" + table;
    String[][] cases = {
      {"--label and --target exclude each other", csv, "--label", "age", "--target", "salary"},
      {"--target is for csv:FILE only", "digits", "--target", "x"},
      {"--standardize is for csv:FILE only", "digits", "--no-standardize"},
      {"must be drop, mean, median or a number", csv, "--missing", "zero"},
      {"must be one character", csv, "--delimiter", "ab"},
      {"must be yes or no", csv, "--header", "maybe"},
      {"--split excludes", csv, "--split", "0.1", "--validation-split", "0.1"},
      {"--split 1.5", csv, "--split", "1.5"},
      {"--loss softmax needs classes", csv, "--target", "age", "--loss", "softmax"},
    };
    for (String[] one : cases) {
      String[] args = Arrays.copyOfRange(one, 1, one.length);
      String[] all = new String[args.length + 1];
      all[0] = "train";
      System.arraycopy(args, 0, all, 1, args.length);
      refused(2, one[0], all);
    }
  }

  @Test
  void splitTakesAShareOrAFile() throws IOException {
    Path table = twoClasses("a.csv", "label,age,salary\n", false);
    Path model = folder.resolve("m.safetensors");
    Shell share = done(train(table, model, "--hidden", "4", "--split", "0.5"));
    assertTrue(share.out().contains("30 training and 30 validation"), share::toString);
    Shell file = done(train(table, model, "--hidden", "4", "--split", table.toString()));
    assertTrue(file.out().contains("60 training and 60 validation"), file::toString);
  }

  /// Softmax regression in float64.
  private record Logistic(double[][] weights) {
    static Logistic fit(DataSet data) {
      int inputs = data.features();
      int classes = data.outputs();
      double[][] weights = new double[classes][inputs + 1];
      for (int step = 0; step < 2000; step++) {
        double[][] gradient = new double[classes][inputs + 1];
        for (int row = 0; row < data.size(); row++) {
          double[] p = new Logistic(weights).probabilities(data.row(row));
          for (int k = 0; k < classes; k++) {
            double error = (p[k] - (data.labels()[row] == k ? 1 : 0)) / data.size();
            gradient[k][inputs] += error;
            for (int j = 0; j < inputs; j++) {
              gradient[k][j] += error * data.floats()[row * inputs + j];
            }
          }
        }
        for (int k = 0; k < classes; k++) {
          for (int j = 0; j <= inputs; j++) {
            weights[k][j] -= 0.5 * gradient[k][j];
          }
        }
      }
      return new Logistic(weights);
    }

    private double[] probabilities(float[] row) {
      double[] p = new double[weights.length];
      double sum = 0;
      for (int k = 0; k < p.length; k++) {
        double score = weights[k][row.length];
        for (int j = 0; j < row.length; j++) {
          score += weights[k][j] * row[j];
        }
        p[k] = Math.exp(score);
        sum += p[k];
      }
      for (int k = 0; k < p.length; k++) {
        p[k] /= sum;
      }
      return p;
    }

    double accuracy(DataSet data) {
      int right = 0;
      for (int row = 0; row < data.size(); row++) {
        double[] p = probabilities(data.row(row));
        int best = 0;
        for (int k = 1; k < p.length; k++) {
          best = p[k] > p[best] ? k : best;
        }
        right += best == data.labels()[row] ? 1 : 0;
      }
      return right / (double) data.size();
    }
  }

  /// Linear regression in float64, by the normal equations with a little on the diagonal, as
  /// one-hot columns and the constant depend on each other.
  private record LeastSquares(double[] weights) {
    static LeastSquares fit(DataSet data) {
      int n = data.features() + 1;
      double[][] matrix = new double[n][n + 1];
      for (int row = 0; row < data.size(); row++) {
        double[] x = extended(data.row(row));
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < n; j++) {
            matrix[i][j] += x[i] * x[j];
          }
          matrix[i][n] += x[i] * data.targets()[row];
        }
      }
      for (int i = 0; i < n; i++) {
        matrix[i][i] += 1e-6;
      }
      for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
          if (k != i) {
            double factor = matrix[k][i] / matrix[i][i];
            for (int j = i; j <= n; j++) {
              matrix[k][j] -= factor * matrix[i][j];
            }
          }
        }
      }
      double[] weights = new double[n];
      for (int i = 0; i < n; i++) {
        weights[i] = matrix[i][n] / matrix[i][i];
      }
      return new LeastSquares(weights);
    }

    private static double[] extended(float[] row) {
      double[] x = new double[row.length + 1];
      for (int i = 0; i < row.length; i++) {
        x[i] = row[i];
      }
      x[row.length] = 1;
      return x;
    }

    double rmse(DataSet data) {
      double sum = 0;
      for (int row = 0; row < data.size(); row++) {
        double[] x = extended(data.row(row));
        double value = 0;
        for (int i = 0; i < x.length; i++) {
          value += weights[i] * x[i];
        }
        double error = value - data.targets()[row];
        sum += error * error;
      }
      return Math.sqrt(sum / data.size());
    }
  }

  /// On a terminal, at most twenty times a second; elsewhere not at all.
  @Test
  void howFarReadingHasComeIsShown() throws IOException {
    StringBuilder text = new StringBuilder("a,b,label\n");
    for (int i = 0; i < 50_000; i++) {
      text.append(i % 7).append(",0.25,k").append(i % 2).append('\n');
    }
    Path table = write("long.csv", text.toString());
    Path model = folder.resolve("long.model");
    String[] train = train(table, model, "--epochs", "1", "--hidden", "2", "--batch", "5000");
    String[] evaluate = {
      "evaluate", "csv:" + table, "--model", model.toString(), "--backend", "cpu", "--threads", "1"
    };
    String[] show = {"data", "show", "csv:" + table};
    for (String[] command : List.of(train, evaluate, show)) {
      String all = Text.bytes(text.length());
      assertTrue(reading(command, Progress.REDRAW_NANOS) >= 5, () -> String.join(" ", command));
      assertTrue(reading(command, Progress.REDRAW_NANOS / 4) <= 4, () -> String.join(" ", command));
      assertTrue(onTerminal(command, Progress.REDRAW_NANOS).contains(" of " + all + ", "), all);
      assertFalse(done(command).out().contains("reading"), () -> String.join(" ", command));
    }
  }

  /// How often it is told.
  private static int reading(String[] command, long nanos) {
    return onTerminal(command, nanos).split("\r  reading: ", -1).length - 1;
  }

  /// What a command prints on a terminal whose clock goes on by so much each time it is read.
  private static String onTerminal(String[] command, long nanos) {
    var clock = new AtomicLong();
    Shell shell =
        Shell.run(
            (out, err) ->
                new Invocation(
                    out,
                    err,
                    new Terminal(true, 80),
                    () -> clock.addAndGet(nanos),
                    Interruption.none()),
            command);
    assertEquals(0, shell.status(), shell::toString);
    return shell.out();
  }
}
