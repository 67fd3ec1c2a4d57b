package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Interruption;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.Callback;
import dev.descent.train.History;
import dev.descent.train.Predictions;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import dev.descent.train.objective.Loss;
import java.awt.image.BufferedImage;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands beside `train`.
final class CommandsTest {
  @TempDir private Path folder;

  @Test
  void devicesListsEachOnALine() {
    Shell shell = Shell.run("devices");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    List<DeviceReport> devices = Engine.devices();
    assertEquals(devices.size(), shell.lines().size());
    for (int i = 0; i < devices.size(); i++) {
      String[] words = shell.lines().get(i).split(" +", 3);
      assertEquals(devices.get(i).id(), words[0]);
      assertEquals(devices.get(i).usable() ? "yes" : "no", words[1]);
      assertEquals(devices.get(i).description(), words[2]);
    }
  }

  @Test
  void summaryNeedsNoData() {
    String nowhere = folder.resolve("nowhere").toString();
    Shell shell = Shell.run("summary", "mnist", "--data", nowhere);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("Parameters: 669,706"), shell::toString);
    assertTrue(shell.out().contains("60,000 training and 10,000 validation"), shell::toString);
    Shell asl = Shell.run("summary", "asl", "--data", nowhere);
    assertTrue(asl.out().contains("24 classes"), asl::toString);
    assertTrue(asl.out().contains("batch x 24"), asl::toString);
  }

  @Test
  void theMemoryOfTheSummaryIsWhatTrainingTakes() {
    DataSet data = Digits.draw(1, 0, 500);
    Model model = Model.sequential(784).dense(64, Activation.RELU).dense(10).build(1);
    var measured = new AtomicLong();
    for (String backend : List.of("reference", "auto")) {
      try (Engine engine = Engine.open(backend)) {
        Trainer trainer =
            engine
                .trainer(model)
                .validation(data)
                .callback(
                    new Callback() {
                      @Override
                      public void onTrainEnd(TrainingRun run, History history) {
                        measured.set(run.deviceBytes());
                      }
                    });
        trainer.fit(data, 1);
        assertEquals(measured.get(), trainer.deviceBytes(data), backend);
        assertTrue(trainer.program(data).bytes() <= measured.get(), backend);
      }
    }
  }

  @Test
  void explainShowsEachStep() {
    Shell shell =
        Shell.run("explain", "digits", "--limit", "100", "--batch", "30", "--hidden", "16");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    for (String step : List.of("train:", "trainLast:", "validate:", "validateLast:")) {
      assertTrue(shell.lines().contains(step), shell::toString);
    }
  }

  @Test
  void evaluateMeasuresWhatTrainingMeasured() {
    Path file = trained("digits");
    Shell shell =
        Shell.run(
            "evaluate",
            "--model",
            file.toString(),
            "digits",
            "--limit",
            "150",
            "--backend",
            "reference");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    Model model = Model.load(file);
    DataSet data = Digits.draw(1, Digits.TRAIN_ROWS, 150);
    try (Engine engine = Engine.open("reference")) {
      double accuracy = engine.evaluate(model, Loss.softmaxCrossEntropy(), data).accuracy();
      assertTrue(shell.out().contains(" - accuracy: " + Text.figure(accuracy)), shell::toString);
      // The table says the same: samples times recall, summed over the classes.
      double right =
          shell.lines().stream()
              .filter(line -> line.matches("\\d .*"))
              .map(line -> line.split(" +"))
              .mapToDouble(
                  w -> w[3].equals("-") ? 0 : Integer.parseInt(w[1]) * Double.parseDouble(w[3]))
              .sum();
      assertEquals(accuracy * 150, right, 0.1);
    }
  }

  @Test
  void evaluateRefusesDataThatDoNotFit() throws Exception {
    Path file = trained("digits");
    Path csv = Files.writeString(folder.resolve("x.csv"), "label,a\n0,1.5\n1,2.5\n");
    Shell shell = Shell.run("evaluate", "--model", file.toString(), "csv:" + csv);
    assertEquals(ExitStatus.DATA, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().contains("which are 784 values each"), shell::toString);
  }

  @Test
  void aCsvWithoutAClassKeepsTheOthersInTheirPlaces() throws Exception {
    Path train =
        Files.writeString(
            folder.resolve("t.csv"), "label,a\n" + "1,1.5\n3,3.5\n5,5.5\n".repeat(40));
    Path test = Files.writeString(folder.resolve("v.csv"), "label,a\n" + "5,5.5\n".repeat(3));
    Path file = folder.resolve("csv.model");
    Shell shell =
        Shell.run(
            "train",
            "csv:" + train,
            "--backend",
            "reference",
            "--hidden",
            "16",
            "--lr",
            "0.05",
            "--batch",
            "8",
            "--epochs",
            "20",
            "--save",
            file.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    Shell evaluated = Shell.run("evaluate", "--model", file.toString(), "csv:" + test);
    assertTrue(evaluated.out().contains("accuracy: 1.0000"), evaluated::toString);
  }

  @Test
  void predictSeesWhatIsInAPicture() throws Exception {
    Path model = trained("digits");
    DataSet data = Digits.draw(1, Digits.TRAIN_ROWS, 40);
    int row = confident(model, data);
    String digit = data.classNames().get(data.labels()[row]);
    // Black ink on a white sheet, larger and off the middle.
    Path paper = picture(data, row, 6, 300, 260, true, "paper.png");
    Path exact = picture(data, row, 1, 28, 28, false, "exact.png");
    Shell shell =
        Shell.run(
            "predict",
            "--model",
            model.toString(),
            paper.toString(),
            exact.toString(),
            "--backend",
            "reference");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    String number = " \\([01]\\.\\d{4}\\)";
    String answer = ": " + digit + number + ", \\d" + number + ", \\d" + number;
    assertTrue(
        shell.lines().get(1).matches(".*paper\\.png" + answer + " \\[inverted, centred\\]"),
        shell::toString);
    assertTrue(
        shell.lines().get(2).matches(".*exact\\.png" + answer + " \\[centred\\]"), shell::toString);
    Shell plain =
        Shell.run(
            "predict", "--model", model.toString(), exact.toString(), "--no-centre", "--no-invert");
    assertTrue(plain.lines().getLast().matches(".*exact\\.png" + answer), plain::toString);
    Shell inverted =
        Shell.run(
            "predict", "--model", model.toString(), paper.toString(), "--invert", "--no-centre");
    assertTrue(inverted.out().endsWith("[inverted]\n"), inverted::toString);
  }

  @Test
  void aBadPictureDoesNotHideTheOthers() throws Exception {
    Path model = trained("digits");
    DataSet data = Digits.draw(1, 0, 1);
    Path good = picture(data, 0, 1, 28, 28, false, "good.png");
    Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");
    Shell shell =
        Shell.run("predict", "--model", model.toString(), bad.toString(), good.toString());
    assertEquals(ExitStatus.DATA, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().contains("bad.png"), shell::toString);
    assertTrue(shell.out().contains("good.png: "), shell::toString);
  }

  @Test
  void showWritesAPictureThatItMayReplace() throws Exception {
    Shell first = Shell.run("data", "show", "digits", "--limit", "30", "--out", folder.toString());
    assertEquals(ExitStatus.DONE, first.status(), first::toString);
    assertTrue(first.out().contains("30 training and 30 validation images"), first::toString);
    Path picture = folder.resolve("digits-samples.png");
    BufferedImage image = ImageIO.read(picture.toFile());
    assertNotNull(image);
    assertTrue(image.getWidth() > 20 * 28);
    byte[] bytes = Files.readAllBytes(picture);
    Shell again = Shell.run("data", "show", "digits", "--limit", "30", "--out", folder.toString());
    assertEquals(ExitStatus.DONE, again.status(), again::toString);
    assertArrayEquals(bytes, Files.readAllBytes(picture));
    Files.write(picture, new byte[] {1, 2, 3});
    Shell foreign =
        Shell.run("data", "show", "digits", "--limit", "30", "--out", folder.toString());
    assertEquals(ExitStatus.FAILED, foreign.status(), foreign::toString);
    assertEquals(1, foreign.err().lines().count(), foreign::toString);
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(picture));
  }

  @Test
  void showDrawsWhatTheTerminalCanShow() {
    String[] command = {"data", "show", "digits", "--limit", "60", "--out", folder.toString()};
    String greys = shown(new Terminal(true, 130, true), command);
    assertTrue(greys.contains("\u001b[38;5;") && greys.contains("▀"), greys);
    String blocks = shown(new Terminal(true, 130), command);
    assertTrue(blocks.contains("█") && !blocks.contains("\u001b"), blocks);
    String piped = shown(Terminal.NONE, command);
    assertTrue(piped.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 127)), piped);
    assertTrue(shown(new Terminal(true, 25), command).contains("too wide to be shown"));
    for (String out : List.of(blocks, piped)) {
      assertTrue(out.lines().allMatch(l -> l.length() <= 130 || l.contains("digits-samples")), out);
    }
  }

  private static String shown(Terminal terminal, String... command) {
    Shell shell =
        Shell.run(
            (out, err) -> new Invocation(out, err, terminal, System::nanoTime, Interruption.none()),
            command);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return shell.out();
  }

  @Test
  void showCountsClasses() throws Exception {
    Path csv = Files.writeString(folder.resolve("x.csv"), "label,a,b\n0,1.5,2\n1,2.5,-3\n0,0,0\n");
    Shell shell = Shell.run("data", "show", "csv:" + csv, "--validation", csv.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.lines().contains("values: numbers -3.000 to 2.500, mean 0.5000"));
    assertTrue(shell.lines().contains("0                      2           2"), shell::toString);
    assertTrue(shell.lines().contains("1: 2.5, -3.0"), shell::toString);
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @Test
  void lessonsAreListed() {
    Shell shell = Shell.run("lesson", "--lang", "en");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    for (String lesson :
        List.of("line", "activations", "optimizers", "overfitting", "cross-entropy")) {
      assertTrue(shell.lines().contains("descent lesson " + lesson), shell::toString);
    }
    Shell chinese = Shell.run("lesson", "--lang", "zh-TW");
    assertTrue(chinese.out().contains("三種學習率"), chinese::toString);
  }

  @Test
  void theLessonIsTaughtByTheEngineToo() throws Exception {
    Shell shell =
        Shell.run(
            "lesson", "line", "--out", folder.toString(), "--backend", "reference", "--lang", "en");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("reference backend"), shell::toString);
    assertTrue(Files.exists(folder.resolve("lesson-line.html")));
    for (String lesson : List.of("line", "all")) {
      Shell nowhere = Shell.run("lesson", lesson, "--out", folder.resolve("none").toString());
      assertEquals(ExitStatus.FAILED, nowhere.status(), nowhere::toString);
      assertEquals(1, nowhere.err().lines().count());
      assertEquals("", nowhere.out());
    }
  }

  @Test
  void chineseNeedsAnEncodingThatHasIt() {
    Shell shell =
        Shell.run(
            (out, err) ->
                Invocation.piped(new PrintStream(out, true, StandardCharsets.US_ASCII), err),
            "lesson",
            "--lang",
            "zh-TW");
    assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().contains("US-ASCII"), shell::toString);
  }

  @Test
  void outputsBecomeProbabilities() {
    Model three = Model.sequential(1).dense(3).build(1);
    Predictions softmax =
        Predictions.of(three, Loss.softmaxCrossEntropy(), new float[] {1e4f, 0, -1e4f, 0, 0, 0});
    assertEquals(1, softmax.probability(0, 0));
    assertEquals(1 / 3.0, softmax.probability(1, 2), 1e-12);
    assertEquals(List.of(0, 1, 2), softmax.ranking(1));
    assertEquals(0, softmax.best(0));
    Model one = Model.sequential(1).dense(1).build(1);
    Predictions binary =
        Predictions.of(one, Loss.binaryCrossEntropy(), new float[] {(float) Math.log(3)});
    assertEquals(0.75, binary.probability(0, 1), 1e-6);
    assertEquals(0.25, binary.probability(0, 0), 1e-6);
    Model own = Model.sequential(1).dense(2, Activation.SOFTMAX).build(1);
    Predictions kept = Predictions.of(own, Loss.softmaxCrossEntropy(), new float[] {0.9f, 0.1f});
    assertEquals(0.9f, (float) kept.probability(0, 0));
    assertFalse(Arrays.equals(kept.probabilities(), new double[2]));
  }

  /// A model that knows a little of a task.
  private Path trained(String task) {
    Path file = folder.resolve("trained.safetensors");
    Shell shell =
        Shell.run(
            "train",
            task,
            "--limit",
            "600",
            "--hidden",
            "32",
            "--lr",
            "0.005",
            "--batch",
            "20",
            "--epochs",
            "4",
            "--save",
            file.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return file;
  }

  /// A row that the model is right and sure about.
  private static int confident(Path file, DataSet data) {
    Model model = Model.load(file);
    try (Engine engine = Engine.open("reference")) {
      Predictions predictions =
          Predictions.of(model, Loss.softmaxCrossEntropy(), engine.predict(model, data));
      int best = 0;
      for (int row = 0; row < data.size(); row++) {
        int label = data.labels()[row];
        if (predictions.best(row) == label
            && predictions.probability(row, label)
                > predictions.probability(best, data.labels()[best])) {
          best = row;
        }
      }
      return best;
    }
  }

  private Path picture(
      DataSet data, int row, int scale, int width, int height, boolean paper, String name)
      throws Exception {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = x / scale;
        int line = y / scale;
        int ink =
            column < 28 && line < 28 ? data.bytes()[row * 784 + line * 28 + column] & 0xFF : 0;
        image.getRaster().setSample(x, y, 0, paper ? 255 - ink : ink);
      }
    }
    Path file = folder.resolve(name);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }
}
