package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training, measuring and predicting on folders of pictures and on NumPy's arrays; rare classes.
final class SamplesTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void names() {
    model = folder.resolve("model.safetensors");
  }

  /// Red and green pictures, which are alike in grey.
  @Test
  void picturesOfAFolderAreLearnedInColour() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 20; i++) {
      picture(pictures.resolve("red").resolve(i + ".png"), 0x960000 + i);
      picture(pictures.resolve("green").resolve(i + ".png"), 0x004C00 + i);
    }
    Shell trained =
        Shell.run(
            "train",
            "images:" + pictures,
            "--colour",
            "--size",
            "4x4",
            "--epochs",
            "20",
            "--hidden",
            "8",
            "--lr",
            "0.01",
            "--batch",
            "8",
            "--backend",
            "reference",
            "--save",
            model.toString());
    assertEquals(0, trained.status(), trained::toString);
    Shell evaluated =
        Shell.run(
            "evaluate",
            "--model",
            model.toString(),
            "--backend",
            "reference",
            "images:" + pictures,
            "--colour",
            "--size",
            "4x4");
    assertTrue(evaluated.out().contains("accuracy: 1.0000"), evaluated::toString);
    Path out = folder.resolve("out.csv");
    Files.write(pictures.resolve("red/broken.png"), new byte[30]);
    Shell predicted =
        Shell.run(
            "predict",
            "--model",
            model.toString(),
            "--backend",
            "reference",
            "images:" + pictures,
            "--out",
            out.toString());
    assertEquals(4, predicted.status(), predicted::toString);
    assertTrue(predicted.err().contains("broken.png"), predicted::toString);
    List<String> lines = Files.readAllLines(out);
    assertEquals("sample,class,green,red", lines.getFirst());
    assertEquals(41, lines.size());
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertEquals(Path.of(cells[0]).getParent().getFileName().toString(), cells[1], line);
    }
  }

  private static void picture(Path file, int rgb) throws IOException {
    var image = new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 20; i++) {
      image.setRGB(i % 5, i / 5, rgb);
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  /// 3 % are rare; what tells them is more often seen of the others.
  @Test
  void aRareClassIsFoundWithBalancedWeights() throws IOException {
    Path csv = folder.resolve("rare.csv");
    var rows = new StringBuilder("label,x,y\n");
    for (int i = 0; i < 2000; i++) {
      int label = i % 100 < 3 ? 1 : 0;
      int x = (label == 1) == (i / 100 % 10 > 0) ? 1 : 0;
      rows.append("%d,%d,%d\n".formatted(label, x, i % 7));
    }
    Files.writeString(csv, rows);
    assertEquals("0.0000", recall(csv));
    double recall =
        Double.parseDouble(
            recall(
                csv,
                "--class-weights",
                "balanced",
                "--monitor",
                "val_f1",
                "--early-stopping",
                "9"));
    assertTrue(recall > 0.8, "recall " + recall);
    assertTrue(Double.parseDouble(recall(csv, "--class-weights", "1=32")) > 0.8);
    assertTrue(Double.parseDouble(recall(csv, "--class-weights", "1,32")) > 0.8);
  }

  /// The recall of the class 1, from the table of evaluate.
  private String recall(Path csv, String... flags) {
    List<String> train =
        List.of(
            "train",
            "csv:" + csv,
            "--epochs",
            "25",
            "--hidden",
            "4",
            "--lr",
            "0.02",
            "--metrics",
            "recall:1,f1",
            "--backend",
            "cpu",
            "--save",
            model.toString());
    Shell trained =
        Shell.run(Stream.concat(train.stream(), Arrays.stream(flags)).toArray(String[]::new));
    assertEquals(0, trained.status(), trained::toString);
    assertTrue(trained.out().contains("val_recall:1: "), trained::toString);
    Shell evaluated =
        Shell.run(
            "evaluate",
            "--model",
            model.toString(),
            "csv:" + csv,
            "--threshold",
            "0.5",
            "--top",
            "2");
    assertTrue(evaluated.out().contains("top 2: 1.0000"), evaluated::toString);
    return evaluated.lines().stream()
        .filter(line -> line.startsWith("1 "))
        .map(line -> line.split(" +", -1)[3])
        .findFirst()
        .orElseThrow(() -> new AssertionError(evaluated));
  }

  @Test
  void wrongWeightsAndMetricsAreRefused() throws IOException {
    Path csv = folder.resolve("two.csv");
    Files.writeString(csv, "label,x\n0,1\n1,2\n0,3\n1,4\n0,5\n1,6\n");
    String task = "csv:" + csv;
    refused(4, "there is no such class; there are 0, 1", task, "--class-weights", "2=5");
    refused(4, "has 3 numbers; there are 2 classes", task, "--class-weights", "1,2,3");
    refused(4, "all weights are 0", task, "--class-weights", "0,0");
    refused(2, "must be balanced", task, "--class-weights", "balance");
    refused(2, "must be balanced", task, "--class-weights", "1,-2");
    refused(2, "must be precision", task, "--metrics", "recal");
    refused(4, "there is no such class", task, "--metrics", "recall:7");
    refused(2, "val_ with", task, "--monitor", "recall");
    refused(4, "needs validation data", task, "--monitor", "val_recall", "--validation-split", "0");
    refused(2, "--transpose is for idx:DIR only", task, "--transpose");
    refused(2, "--size is for images:DIR only", task, "--size", "3x3");
  }

  private static void refused(int status, String part, String... flags) {
    Shell shell =
        Shell.run(Stream.concat(Stream.of("train"), Arrays.stream(flags)).toArray(String[]::new));
    assertEquals(status, shell.status(), shell::toString);
    assertTrue(shell.err().contains(part), shell::toString);
  }

  /// A resumed run has the weights that it began with; others are refused by name.
  @Test
  void weightsGoWithARun() throws IOException {
    Path csv = folder.resolve("two.csv");
    Files.writeString(csv, "label,x\n" + "0,1\n1,2\n".repeat(40));
    String checkpoint = folder.resolve("run").toString();
    Shell.run(
        "train",
        "csv:" + csv,
        "--epochs",
        "2",
        "--class-weights",
        "0=3",
        "--backend",
        "reference",
        "--checkpoint",
        checkpoint);
    Shell other =
        Shell.run(
            "train",
            "csv:" + csv,
            "--epochs",
            "3",
            "--class-weights",
            "1=3",
            "--backend",
            "reference",
            "--resume",
            checkpoint);
    assertTrue(
        other.err().contains("that run had class weights 0=3, not class weights 1=3"),
        other::toString);
    Shell same =
        Shell.run(
            "train",
            "csv:" + csv,
            "--epochs",
            "3",
            "--backend",
            "reference",
            "--resume",
            checkpoint);
    assertEquals(0, same.status(), same::toString);
    assertTrue(same.out().contains("class weights 0=3"), same::toString);
  }

  @Test
  void arraysAreLearnedAndPredicted() {
    int rows = 60;
    float[] x = new float[2 * rows];
    int[] y = new int[rows];
    for (int i = 0; i < rows; i++) {
      y[i] = 1 + i % 3;
      x[2 * i] = y[i];
      x[2 * i + 1] = y[i] == 2 ? 1 : 0;
    }
    var arrays = new TreeMap<String, NumpyArray>();
    arrays.put("x_train", NumpyArray.of(x, rows, 2));
    arrays.put("y_train", NumpyArray.of(y, rows));
    Path npz = folder.resolve("data.npz");
    Numpy.writeAll(npz, arrays);
    Shell trained =
        Shell.run(
            "train",
            "npz:" + npz,
            "--epochs",
            "60",
            "--hidden",
            "8",
            "--lr",
            "0.05",
            "--batch",
            "10",
            "--backend",
            "reference",
            "--save",
            model.toString());
    assertEquals(0, trained.status(), trained::toString);
    assertTrue(trained.out().contains("3 classes"), trained::toString);
    for (String ending : List.of("csv", "npy", "npz")) {
      Path out = folder.resolve("out." + ending);
      Shell predicted =
          Shell.run(
              "predict",
              "--model",
              model.toString(),
              "--backend",
              "reference",
              "npz:" + npz,
              "--out",
              out.toString());
      assertEquals(0, predicted.status(), predicted::toString);
    }
    NumpyArray probabilities = Numpy.read(folder.resolve("out.npy"));
    assertEquals("(60, 3)", probabilities.shape());
    NumpyArray classes = Numpy.readAll(folder.resolve("out.npz")).get("classes");
    for (int i = 0; i < rows; i++) {
      assertEquals(y[i] - 1, classes.number(i));
    }
    Shell wrong =
        Shell.run(
            "predict",
            "--model",
            model.toString(),
            "npz:" + npz,
            "--out",
            folder.resolve("out.txt").toString());
    assertTrue(wrong.err().contains("must end in .csv, .npy or .npz"), wrong::toString);
  }
}
