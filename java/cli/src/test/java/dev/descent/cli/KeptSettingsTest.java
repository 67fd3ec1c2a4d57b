package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Table;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What training was told of its data is a part of the model: later commands need not be told, and
/// can't be told otherwise. How a later file is written is a property of that file.
final class KeptSettingsTest {
  @TempDir private Path folder;
  private String model = "";

  @BeforeEach
  void names() {
    model = folder.resolve("model.safetensors").toString();
  }

  private static Shell run(int status, String line, String... more) {
    Shell shell =
        Shell.run(
            Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toArray(String[]::new));
    assertEquals(status, shell.status(), shell::toString);
    return shell;
  }

  private Shell train(String task, String... more) {
    String line = "train %s --backend cpu --threads 1 --hidden 4 --epochs 3 --save %s";
    return run(0, line.formatted(task, model), more);
  }

  private static void refused(String message, String line, String... more) {
    Shell shell = run(2, line, more);
    assertTrue(shell.err().contains(message), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /// Rows with gaps, and without.
  private Path gaps(String name, int rows, String gap) throws IOException {
    var random = new Random(rows);
    StringBuilder text = new StringBuilder("id,x,colour,label\n");
    for (int i = 0; i < rows; i++) {
      int label = random.nextInt(2);
      text.append(i).append(',');
      text.append(i % 5 == 3 ? gap : Double.toString(label + random.nextDouble())).append(',');
      text.append(i % 7 == 4 ? gap : "rgb".substring(i % 3, i % 3 + 1)).append(',');
      text.append(label == 0 ? "no" : "yes").append('\n');
    }
    return write(name, text.toString());
  }

  private static boolean isWhole(int row) {
    return row % 5 != 3 && row % 7 != 4;
  }

  /// A row of answers for each row, in its place, and an empty one where there is a gap.
  @Test
  void rowsWithGapsKeepTheirPlaceInPredictions() throws IOException {
    Path table = gaps("t.csv", 70, "NA");
    train("csv:" + table, "--label", "label", "--drop", "id", "--missing", "drop");
    Table kept = (Table) Model.load(Path.of(model)).preparation().orElseThrow().inputs();
    assertEquals(Missing.DROP, kept.missing());
    long whole = java.util.stream.IntStream.range(0, 70).filter(KeptSettingsTest::isWhole).count();
    Shell evaluated = run(0, "evaluate --backend cpu --model %s csv:%s".formatted(model, table));
    assertTrue(
        evaluated.out().contains("left out " + (70 - whole) + " of 70"), evaluated::toString);
    Path out = folder.resolve("out.csv");
    String predict =
        "predict --backend cpu --model %s csv:%s --out %s".formatted(model, table, out);
    for (String[] form :
        new String[][] {
          {}, {"--missing", "drop"}, {"--top", "1"}, {"--top", "2"}, {"--columns", "id,label"}
        }) {
      Shell predicted = run(0, predict, form);
      assertTrue(
          predicted.out().contains("no answer for " + (70 - whole) + " of 70 rows"),
          predicted::toString);
      List<String> lines = Files.readAllLines(out);
      assertEquals(71, lines.size());
      int cells = lines.getFirst().split(",", -1).length;
      boolean ids = form.length == 2 && form[0].equals("--columns");
      for (int row = 0; row < 70; row++) {
        String[] answer = lines.get(row + 1).split(",", -1);
        assertEquals(cells, answer.length);
        assertEquals(Integer.toString(ids ? row : row + 1), answer[0]);
        assertEquals(isWhole(row), !answer[1].isEmpty(), lines.get(row + 1));
        assertEquals(isWhole(row), !answer[cells - 1].isEmpty());
      }
    }
    // The rows without gaps alone give the same answers.
    run(0, predict);
    List<String> all = Files.readAllLines(out);
    List<String> rows = new ArrayList<>(Files.readAllLines(table));
    for (int row = 69; row >= 0; row--) {
      if (!isWhole(row)) {
        rows.remove(row + 1);
        all.remove(row + 1);
      }
    }
    Files.write(table, rows);
    run(0, predict);
    List<String> alone = Files.readAllLines(out);
    for (int i = 0; i < alone.size(); i++) {
      assertEquals(answer(all.get(i)), answer(alone.get(i)));
    }
    Files.writeString(table, "x,colour\n,r\n");
    assertTrue(run(4, predict).err().contains("each row has a gap"));
  }

  private static String answer(String line) {
    return line.substring(line.indexOf(','));
  }

  @Test
  void gapsAreTreatedAsInTraining() throws IOException {
    Path table = gaps("t.csv", 60, "");
    String[][] cases = {
      {"mean", "drop", "median", "0"},
      {"median", "mean"},
      {"1.5", "1.25", "drop"},
      {"drop", "mean"},
    };
    for (String[] one : cases) {
      train("csv:" + table, "--label", "label", "--drop", "id", "--missing", one[0]);
      for (String command : List.of("evaluate", "predict")) {
        String line = "%s --backend cpu --model %s csv:%s".formatted(command, model, table);
        assertEquals(figures(run(0, line)), figures(run(0, line, "--missing", one[0])), one[0]);
        for (int i = 1; i < one.length; i++) {
          refused(
              "--missing %s: the model was trained with --missing %s"
                  .formatted(Missing.parse(one[i]), Missing.parse(one[0])),
              line,
              "--missing",
              one[i]);
        }
      }
    }
  }

  /// A model that met no gap leaves rows with gaps out where that is said, and fills none.
  @Test
  void aModelTrainedWithoutGaps() throws IOException {
    Path whole = gaps("whole.csv", 3, "");
    Files.writeString(whole, "x,label\n1,a\n2,b\n1,a\n2,b\n1,a\n2,b\n");
    train("csv:" + whole);
    Path table = write("gaps.csv", "x,label\n1,a\n,b\n2,b\n");
    for (String command : List.of("evaluate", "predict")) {
      String line = "%s --backend cpu --model %s csv:%s".formatted(command, model, table);
      Shell shell = run(4, line);
      assertTrue(shell.err().contains("row 3, column 'x'"), shell::toString);
      assertTrue(shell.err().contains("--missing drop"), shell::toString);
      assertTrue(run(0, line, "--missing", "drop").out().contains("1 of 3 rows"));
      refused("the model was trained with no gaps", line, "--missing", "mean");
    }
  }

  @Test
  void whatContradictsTheModelIsRefused() throws IOException {
    Path table = write("t.csv", "a,b,c,d\n" + "1,2,3,x\n4,5,3,y\n7,1,2,x\n2,2,1,y\n".repeat(5));
    train("csv:" + table, "--drop", "a", "--category", "c");
    for (String command : List.of("evaluate", "predict")) {
      String line = "%s --backend cpu --model %s csv:%s".formatted(command, model, table);
      run(0, line, "--drop", "a,0", "--category", "c", "--standardize");
      refused("--drop b: the model takes that column", line, "--drop", "b");
      refused("--drop 1: the model takes that column", line, "--drop", "1");
      refused("--drop -2: the model takes", line, "--drop=-2");
      refused("--category b: the model takes that column as numbers", line, "--category", "b");
      refused(
          "--no-standardize: the model was trained with standardized", line, "--no-standardize");
    }
    train("csv:" + table, "--drop", "a", "--no-standardize");
    String line = "evaluate --backend cpu --model %s csv:%s".formatted(model, table);
    run(0, line, "--no-standardize");
    refused("--standardize: the model was trained without it", line, "--standardize");
  }

  @Test
  void aResumedRunKeepsThemToo() throws IOException {
    Path table = gaps("t.csv", 80, "?");
    String straight = folder.resolve("straight.safetensors").toString();
    String flags = "--label label --drop id --missing median --category colour";
    String line = "train csv:%s --backend cpu --hidden 4 --threads 1".formatted(table);
    run(0, line + " --epochs 4 --save " + straight, flags.split(" "));
    String checkpoint = folder.resolve("run").toString();
    run(0, line + " --epochs 2 --checkpoint " + checkpoint, flags.split(" "));
    String resume = line + " --epochs 4 --resume " + checkpoint;
    run(0, resume + " --save " + model);
    assertEquals(
        List.of(floats(straight)), List.of(floats(model)), "as if it had never been stopped");
    refused(
        "--missing drop: the model was trained with --missing median", resume, "--missing", "drop");
    refused("--drop x: the model takes that column", resume, "--drop", "x");
  }

  private static String floats(String file) {
    return java.util.Arrays.toString(Model.load(Path.of(file)).parameters());
  }

  private void picture(Path file, int rgb) throws IOException {
    var image = new BufferedImage(6, 5, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 30; i++) {
      image.setRGB(i % 6, i / 6, rgb);
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void sizeAndColoursOfPictures() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 0; i < 10; i++) {
      picture(pictures.resolve("red").resolve(i + ".png"), 0x960000 + i);
      picture(pictures.resolve("green").resolve(i + ".png"), 0x004C00 + i);
    }
    String checkpoint = folder.resolve("run").toString();
    train("images:" + pictures, "--size", "3x2", "--colour", "--checkpoint", checkpoint);
    String evaluate = "evaluate --backend cpu --model %s images:%s".formatted(model, pictures);
    assertEquals(figures(run(0, evaluate)), figures(run(0, evaluate, "--size", "3x2", "--colour")));
    refused("--size 2x3: the model takes pictures of 3 x 2", evaluate, "--size", "2x3");
    String predict = "predict --backend cpu --model %s images:%s".formatted(model, pictures);
    run(0, predict, "--size", "3x2");
    refused("--size 4x4: the model takes pictures of 3 x 2", predict, "--size", "4x4");
    refused("--missing is for csv:FILE only", predict, "--missing", "mean");
    refused("--header is for csv:FILE only", predict, "--header", "no");
    String resume =
        "train images:%s --backend cpu --epochs 5 --resume %s".formatted(pictures, checkpoint);
    Shell resumed = run(0, resume);
    assertTrue(resumed.out().contains("rows of 18 values"), resumed::toString);
    refused("--size 9x9", resume, "--size", "9x9");

    train("images:" + pictures);
    refused("--colour: the model takes grey pictures", evaluate, "--colour");
  }

  /// Dark ink on bright paper, not in the middle, for a model of digits: measured as predicted.
  @Test
  void groundAndPlaceOfInk() throws IOException {
    train("digits", "--limit", "1000", "--epochs", "8", "--hidden", "32");
    var digits = Digits.draw(1, 70_000, 60);
    Path pictures = folder.resolve("photos");
    for (int i = 0; i < 60; i++) {
      var image = new BufferedImage(60, 50, BufferedImage.TYPE_BYTE_GRAY);
      for (int at = 0; at < 3000; at++) {
        image.getRaster().setSample(at % 60, at / 60, 0, 250);
      }
      for (int at = 0; at < 784; at++) {
        int ink = digits.bytes()[i * 784 + at] & 0xFF;
        image.getRaster().setSample(25 + at % 28, 3 + at / 28, 0, 250 - ink * 240 / 255);
      }
      Path file = pictures.resolve(digits.labels()[i] + "/" + i + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
    Path out = folder.resolve("out.csv");
    run(0, "predict --backend cpu --model %s images:%s --out %s".formatted(model, pictures, out));
    double right = 0;
    for (String line : Files.readAllLines(out).subList(1, 61)) {
      String[] cells = line.split(",", -1);
      right += cells[0].contains("/" + cells[1] + "/") ? 1 : 0;
    }
    Shell evaluated =
        run(0, "evaluate --backend cpu --model %s images:%s".formatted(model, pictures));
    assertTrue(
        evaluated
            .out()
            .contains(String.format(java.util.Locale.ROOT, "accuracy: %.4f", right / 60)),
        evaluated::toString);
    assertTrue(right > 30, evaluated::toString);
  }

  @Test
  void imagesOfIdxFilesStayTransposed() throws IOException {
    Path idx = folder.resolve("idx");
    Files.createDirectories(idx);
    var digits = Digits.draw(1, 0, 60);
    byte[] wide = new byte[60 * 20 * 28];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = digits.bytes()[i / 560 * 784 + i % 560];
    }
    for (String part : List.of("train", "t10k")) {
      ByteBuffer images = ByteBuffer.allocate(16 + wide.length).putInt(0x803).putInt(60);
      Files.write(
          idx.resolve(part + "-images-idx3-ubyte"), images.putInt(20).putInt(28).put(wide).array());
      ByteBuffer labels = ByteBuffer.allocate(68).putInt(0x801).putInt(60);
      for (int label : digits.labels()) {
        labels.put((byte) label);
      }
      Files.write(idx.resolve(part + "-labels-idx1-ubyte"), labels.array());
    }
    Shell trained = train("idx:" + idx, "--transpose");
    assertTrue(trained.out().contains("images of 20 x 28"), trained::toString);
    Preparation kept = Model.load(Path.of(model)).preparation().orElseThrow();
    assertTrue(kept.toString().contains("rows and columns of idx files exchanged"));
    String evaluate = "evaluate --backend cpu --model %s idx:%s".formatted(model, idx);
    Shell evaluated = run(0, evaluate);
    assertTrue(evaluated.out().contains("images of 20 x 28"), evaluated::toString);
    run(0, evaluate, "--transpose");
    train("idx:" + idx);
    Shell plain = run(0, evaluate);
    assertTrue(plain.out().contains("images of 28 x 20"), plain::toString);
    refused("--transpose: the model was trained without it", evaluate, "--transpose");
  }

  @Test
  void summaryTellsWhatAModelKeeps() throws IOException {
    Path table = gaps("t.csv", 60, "");
    train(
        "csv:" + table,
        "--label",
        "label",
        "--drop",
        "id",
        "--missing",
        "median",
        "--split",
        "0.6,0.2,0.2");
    Shell summary = run(0, "summary " + model);
    for (String part :
        List.of(
            "table of 2 columns, the median of its column in place of a gap",
            "2 classes in 'label': no, yes",
            "'colour': 3 categories: b, g, r",
            "split: 0.6,0.2,0.2")) {
      assertTrue(summary.out().contains(part), () -> part + " is not in " + summary);
    }
    refused("no such task", "summary " + folder.resolve("none.safetensors"));
    refused("did you mean csv:", "summary " + table);
  }

  /// Another delimiter, no header, decimal commas: columns are found by name or by their places.
  @Test
  void laterFilesMayBeWrittenInAnotherWay() throws IOException {
    var random = new Random(4);
    StringBuilder text = new StringBuilder("width,height,label\n");
    for (int i = 0; i < 60; i++) {
      double[] row = {random.nextInt(90), random.nextInt(100) + 0.5, i % 2};
      text.append((int) row[0]).append(',').append(row[1]).append(',').append(i % 2).append('\n');
    }
    Path table = write("t.csv", text.toString());
    train("csv:" + table);
    String predict = "predict --backend cpu --model " + model;
    String evaluate = "evaluate --backend cpu --model " + model;
    List<String> answers = answers(run(0, predict + " csv:" + table));
    String accuracy = accuracy(run(0, evaluate + " csv:" + table));
    // A header of names alone, no header, blanks for delimiters, commas before decimals.
    String body = text.substring(text.indexOf("\n") + 1);
    String[][] forms = {
      {text.toString().replace(',', ';').replace('.', ',')},
      {text.toString().replace(',', ' '), "--delimiter", " "},
      {text.toString().replace(',', '^'), "--delimiter", "^", "--header", "yes"},
      {body, "--header", "no"},
      {body.replace(',', ':').replace('.', ','), "--delimiter", ":", "--decimal", "comma"},
      {body},
    };
    for (int i = 0; i < forms.length; i++) {
      Path other = write("other" + i, forms[i][0]);
      String[] flags = java.util.Arrays.copyOfRange(forms[i], 1, forms[i].length);
      Shell predicted = run(0, predict + " csv:" + other, flags);
      assertEquals(answers, answers(predicted), forms[i][0]);
      Shell evaluated = run(0, evaluate + " csv:" + other, flags);
      assertEquals(accuracy, accuracy(evaluated));
      boolean names = forms[i][0].startsWith("width");
      for (Shell shell : List.of(predicted, evaluated)) {
        assertEquals(
            !names,
            shell.out().contains("they are taken to be in the order of training"),
            shell::toString);
      }
    }
    refused(
        "can't be the same character",
        predict + " csv:" + table,
        "--delimiter",
        ",",
        "--decimal",
        ",");
  }

  /// The lines without times.
  private static List<String> figures(Shell shell) {
    return shell.lines().stream().map(line -> line.replaceAll(" - [0-9.]+ ?m?s$", "")).toList();
  }

  private static List<String> answers(Shell shell) {
    return shell.lines().stream().filter(line -> line.matches("\\d+,.*")).toList();
  }

  private static String accuracy(Shell shell) {
    return shell.out().replaceAll("(?s).*(loss: \\S+ - accuracy: \\S+).*", "$1");
  }
}
