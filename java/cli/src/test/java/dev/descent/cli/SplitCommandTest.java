package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.image.PictureFolder;
import dev.descent.data.DataSet;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.data.read.TableReader;
import dev.descent.internal.format.Json;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Parts of the data for training, validation and a test at the end, as `--split` cuts them.
final class SplitCommandTest {
  @TempDir private Path folder;

  private static Shell run(int status, String line, String... more) {
    Shell shell =
        Shell.run(
            Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toArray(String[]::new));
    assertEquals(status, shell.status(), shell::toString);
    return shell;
  }

  private static void refused(int status, String message, String line, String... more) {
    Shell shell = run(status, line, more);
    assertTrue(shell.err().contains(message), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
  }

  /// 200 rows, of which 60 are of the first class and 10 of the last.
  private Path table(String name) throws IOException {
    var random = new Random(6);
    StringBuilder text = new StringBuilder("x,y,label\n");
    for (int i = 0; i < 200; i++) {
      String label = i % 20 < 6 ? "a" : i % 20 == 7 ? "c" : "b";
      text.append(
          String.format(
              Locale.ROOT,
              "%.3f,%.3f,%s%n",
              label.charAt(0) + random.nextGaussian(),
              random.nextGaussian(),
              label));
    }
    return Files.writeString(folder.resolve(name), text);
  }

  private static String train(String task) {
    return "train %s --backend cpu --threads 1 --hidden 4 --epochs 2".formatted(task);
  }

  @Test
  void threeSharesAreTrainedValidatedAndTested() throws IOException {
    Path table = table("t.csv");
    Path log = folder.resolve("log.json");
    Path report = folder.resolve("report.html");
    Path model = folder.resolve("m.safetensors");
    Shell shell =
        run(
            0,
            train("csv:" + table) + " --split 0.7,0.15,0.15",
            "--log",
            log.toString(),
            "--report",
            report.toString(),
            "--save",
            model.toString());
    assertTrue(
        shell.out().contains("140 training, 30 validation and 30 test rows"), shell::toString);
    List<String> told = shell.lines().stream().filter(line -> line.startsWith("test: ")).toList();
    assertEquals(1, told.size(), shell::toString);

    // The same rows, measured by themselves.
    List<DataSet> parts =
        new TableReader(CsvOptions.defaults())
            .split("t.csv", table, List.of(0.7, 0.15, 0.15), 1, null);
    DataSet test = parts.getLast();
    StringBuilder rows = new StringBuilder("x,y,label\n");
    for (int row = 0; row < test.size(); row++) {
      float[] values = test.row(row);
      rows.append(values[0]).append(',').append(values[1]).append(',');
      rows.append(test.classNames().get(test.labels()[row])).append('\n');
    }
    Path alone = Files.writeString(folder.resolve("alone.csv"), rows);
    Shell evaluated = run(0, "evaluate --backend cpu --model %s csv:%s".formatted(model, alone));
    String figures =
        evaluated
            .out()
            .replaceAll("(?s).*loss: (\\S+) - accuracy: (\\S+).*", "loss $1, accuracy $2");
    assertEquals("test: " + figures + " (30 rows)", told.getFirst());
    assertTrue(Files.readString(report).contains(figures + " (30 rows)"));

    List<String> records = Files.readAllLines(log);
    Json.Members record =
        (Json.Members)
            Json.parse(
                records.stream()
                    .filter(line -> line.contains("\"test\","))
                    .findFirst()
                    .orElseThrow(),
                "log");
    assertEquals("30", String.valueOf(record.get("samples")));
    assertTrue(records.getFirst().contains("\"split\":\"0.7,0.15,0.15\""), records::getFirst);
    assertTrue(records.getLast().contains("\"end\""));
    // Two shares have no test, one is the validation's.
    for (String split : List.of("0.8,0.2", "0.2")) {
      Shell two = run(0, train("csv:" + table) + " --split " + split);
      assertTrue(two.out().contains("160 training and 40 validation rows"), two::toString);
      assertFalse(two.out().contains("test: "), two::toString);
    }
    // At least one row of each class; so small a share is written with an exponent.
    Shell least = run(0, train("csv:" + table) + " --validation-split 0.0001");
    assertTrue(least.out().contains("197 training and 3 validation rows"), least::toString);
    Shell thirds = run(0, train("csv:" + table) + " --split 0.34,0.33,0.33");
    assertTrue(thirds.out().contains("68 training, 66 validation and 66 test"), thirds::toString);
    Shell hundredths = run(0, train("csv:" + table) + " --split .33,.33,.33");
    assertTrue(hundredths.out().contains(" test rows"), hundredths::toString);
  }

  @Test
  void eachPartHasTheSharesOfTheClasses() throws IOException {
    Path table = table("t.csv");
    List<DataSet> parts =
        new TableReader(CsvOptions.defaults()).split("t", table, List.of(0.5, 0.3, 0.2), 3, null);
    assertEquals(
        List.of("t train", "t validation", "t test"), parts.stream().map(DataSet::name).toList());
    int[][] wanted = {{30, 65, 5}, {18, 39, 3}, {12, 26, 2}};
    for (int i = 0; i < 3; i++) {
      int[] counts = new int[3];
      Arrays.stream(parts.get(i).labels()).forEach(label -> counts[label]++);
      assertEquals(Arrays.toString(wanted[i]), Arrays.toString(counts));
    }
  }

  @Test
  void errorsOfTargetsAreToldInTheirUnit() throws IOException {
    Path table = table("t.csv");
    Path log = folder.resolve("log.json");
    Shell shell =
        run(0, train("csv:" + table) + " --drop label --target y --split 0.6,0.2,0.2 --log " + log);
    String test =
        shell.lines().stream().filter(l -> l.startsWith("test: ")).findFirst().orElseThrow();
    assertTrue(
        test.matches("test: loss \\S+, y: RMSE \\S+, MAE \\S+, R2 \\S+ \\(40 rows\\)"), test);
    assertTrue(Files.readString(log).contains("\"targets\":{\"y\":{\"mse\":"));
  }

  @Test
  void badSharesAreRefused() throws IOException {
    String line = train("csv:" + table("t.csv")) + " --split ";
    refused(2, "must add up to 1, and are 1.2", line + "0.7,0.3,0.2");
    refused(2, "must add up to 1, and are 0.5", line + "0.3,0.2");
    refused(2, "each share must be above 0", line + "1,0,0");
    refused(2, "each share must be above 0", line + "0.8,0.4,-0.2");
    refused(2, "three parts at most", line + "0.25,0.25,0.25,0.25");
    refused(2, "share of at least 0 and below 1", line + "1");
    refused(2, "share of at least 0 and below 1", line + "-0.1");
    refused(4, "0.7,x", line + "0.7,x");
    refused(
        2, "--split : must name a file", train("csv:" + folder.resolve("t.csv")), "--split", "");
    refused(2, "--split is for csv:FILE, npz:FILE", "train digits --split 0.8,0.2");
    refused(2, "--split excludes", line + "0.8,0.2 --validation-split 0.1");
    Path two = Files.writeString(folder.resolve("two.csv"), "label,x\n0,1\n1,2\n");
    refused(
        4, "has 2 rows, which can't be split in 3", train("csv:" + two) + " --split 0.6,0.2,0.2");
    assertTrue(
        run(0, train("csv:" + two) + " --split 0").out().contains("2 training and no validation"));
  }

  @Test
  void aResumedRunHasTheSameParts() throws IOException {
    Path table = table("t.csv");
    String checkpoint = folder.resolve("run").toString();
    String straight = folder.resolve("straight.json").toString();
    String resumed = folder.resolve("resumed.json").toString();
    String train = "train csv:%s --backend cpu --threads 1 --hidden 4".formatted(table);
    String split = " --split 0.6,0.3,0.1";
    run(0, train + split + " --epochs 4 --log " + straight);
    run(0, train + split + " --epochs 2 --checkpoint " + checkpoint);
    String resume = train + " --epochs 4 --resume " + checkpoint;
    Shell shell = run(0, resume + " --log " + resumed);
    assertTrue(shell.out().contains("120 training, 60 validation and 20 test"), shell::toString);
    assertEquals(figures(straight), figures(resumed));
    run(0, resume + " --split .6,.3,.1");
    refused(2, "that run had the split 0.6,0.3,0.1, not 0.5,0.5", resume + " --split 0.5,0.5");
    refused(2, "that run had the split", resume + " --validation-split 0.3");
  }

  private static List<String> figures(String log) throws IOException {
    return Files.readAllLines(Path.of(log)).stream()
        .filter(line -> !line.contains("\"run\"") && !line.contains("\"end\""))
        .map(line ->
            line.replaceAll("\"(s|wholeS|valS)econds\":[^,}]*|\"samplesPerSecond\":[^,}]*", ""))
        .toList();
  }

  private void picture(Path file, int shade) throws IOException {
    var image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, shade);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void picturesAreSplitByTheirClasses() throws IOException {
    Path pictures = folder.resolve("pictures");
    int[] counts = {60, 20, 10};
    for (int label = 0; label < 3; label++) {
      for (int i = 0; i < counts[label]; i++) {
        picture(pictures.resolve("train/" + "abc".charAt(label)).resolve(i + ".png"), i);
      }
    }
    Path train = pictures.resolve("train");
    List<String> reports = new ArrayList<>();
    List<DataSet> parts =
        PictureFolder.open(
                train,
                new PictureFolder.Form(0, 0, 1),
                Integer.MAX_VALUE,
                (done, all) -> reports.add(done + " of " + all))
            .read(List.of(0.7, 0.2, 0.1), 1);
    for (int part = 0; part < 3; part++) {
      double share = List.of(0.7, 0.2, 0.1).get(part);
      for (int label = 0; label < 3; label++) {
        int wanted = label;
        long count = Arrays.stream(parts.get(part).labels()).filter(l -> l == wanted).count();
        assertEquals(share * counts[label], (double) count, 1e-9);
      }
    }
    assertTrue(reports.size() >= 4 && reports.getFirst().endsWith(" of 63"), reports::toString);
    Shell shell = run(0, train("images:" + train) + " --split 0.7,0.2,0.1");
    assertTrue(shell.out().contains("63 training, 18 validation and 9 test"), shell::toString);

    // A test part of its own.
    picture(pictures.resolve("test/a/x.png"), 7);
    Shell own = run(0, train("images:" + pictures));
    assertTrue(own.out().contains("90 training and 1 validation"), own::toString);
    Shell both = run(0, train("images:" + pictures) + " --split 0.9,0.1");
    assertTrue(both.out().contains("81 training, 9 validation and 1 test"), both::toString);
    assertTrue(both.out().contains("(1 row)"), both::toString);
    refused(
        4, "have a test part of their own", train("images:" + pictures) + " --split 0.8,0.1,0.1");
  }

  @Test
  void arraysAreSplitByTheirClasses() {
    float[] x = new float[200];
    int[] y = new int[100];
    for (int i = 0; i < 100; i++) {
      y[i] = i < 10 ? 1 : 0;
      x[2 * i] = y[i] + i * 0.001f;
    }
    var arrays = new TreeMap<String, NumpyArray>();
    arrays.put("x", NumpyArray.of(x, 100, 2));
    arrays.put("y", NumpyArray.of(y, 100));
    Path npz = folder.resolve("data.npz");
    Numpy.writeAll(npz, arrays);
    Shell shell = run(0, train("npz:" + npz) + " --split 0.6,0.2,0.2 --metrics recall:1");
    assertTrue(shell.out().contains("60 training, 20 validation and 20 test"), shell::toString);
  }
}
