package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Json;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Text from files and arguments that a terminal would obey, and files whose metadata were damaged.
final class OutsideTextTest {
  /// Clears the screen, sets the title, forges a line, writes backwards, hides.
  private static final String HOSTILE =
      "a\u001b[2J\u001b]0;t\u0007\ndescent: all is well\r\u009b31m\u202e\u2066\u200b\ufeff\u0085é手";

  private static final String DIGEST = "descent.crc";

  private static final String LONG = "n".repeat(100_000);

  @TempDir private Path folder;

  private Path picture;

  @BeforeEach
  void draw() throws IOException {
    picture = picture("seven.png");
  }

  private Path picture(String name) throws IOException {
    Path file = folder.resolve(name);
    var image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    image.setRGB(14, 14, 0xFFFFFF);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  /// A model of two classes of digits-like images.
  private Path model(String... metadata) {
    Model model = Model.sequential(784).dense(3, Activation.RELU).dense(2).build(1);
    for (int i = 0; i < metadata.length; i += 2) {
      model.metadata().put(metadata[i], metadata[i + 1]);
    }
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    return file;
  }

  private static String classes(String... names) {
    return new Json.Array(Stream.of(names).map(Json::of).toList()).toString();
  }

  @Test
  void nothingFromOutsideReachesTheTerminalAsItIs() throws Exception {
    Path evil = folder.resolve(HOSTILE.replace("/", ""));
    Path model = model("classes", classes(HOSTILE, LONG));
    String[] reference = {"--backend", "reference"};
    seen(0, with(reference, "predict", "--model", model.toString(), picture.toString()));
    Path named = picture(evil.getFileName() + ".png");
    seen(0, with(reference, "predict", "--model", model.toString(), named.toString()));
    seen(4, with(reference, "predict", "--model", model.toString(), evil.toString()));
    Files.writeString(folder.resolve("bad\n\u001b[1m.png"), "no picture");
    seen(
        4,
        with(
            reference,
            "predict",
            "--model",
            model.toString(),
            folder.resolve("bad\n\u001b[1m.png").toString()));
    seen(4, "predict", "--model", evil.toString(), picture.toString());
    seen(4, "evaluate", "--model", evil.toString(), "digits");
    seen(4, "train", "csv:" + evil);
    seen(4, "train", "digits", "--resume", evil.toString());
    seen(1, "train", "digits", "--save", evil.resolve("x").toString());
    seen(2, "train", "digits", "--lr", HOSTILE);
    seen(2, "train", "digits", "--" + HOSTILE);
    seen(2, "train", "digits", "--" + LONG);
    seen(2, "train", HOSTILE);
    seen(2, "train", "digits", HOSTILE);
    seen(2, HOSTILE);
    seen(2, "train", "digits", "--every", HOSTILE, "--save", "x");
    seen(3, "train", "digits", "--backend", HOSTILE);

    Path csv = folder.resolve("a.csv");
    String header = HOSTILE.replaceAll("[\r\n\u0085]", " ");
    Files.writeString(csv, "label," + header + "," + LONG + "\n0,1,x\n");
    seen(4, "train", "csv:" + csv);
    Files.writeString(csv, "label," + header + "," + LONG + "\n0," + header + ",1\n");
    seen(4, "train", "csv:" + csv);
    seen(4, "train", "csv:" + csv, "--label", HOSTILE);
    seen(4, "train", "csv:" + csv, "--label", LONG);
    Files.writeString(csv, "label,a\n0," + LONG + "\n");
    seen(4, "train", "csv:" + csv);

    Path zip = folder.resolve("a.zip");
    try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String name : List.of(HOSTILE + "1.csv", LONG.substring(0, 60_000) + ".csv")) {
        out.putNextEntry(new ZipEntry(name));
        out.write("label,a\n0,1\n1,2\n".getBytes(StandardCharsets.UTF_8));
      }
    }
    seen(4, "train", "csv:" + zip);

    Path tensors = folder.resolve("tensors.safetensors");
    Safetensors.write(
        tensors,
        List.of(Safetensors.Entry.of(HOSTILE, new float[1], 1)),
        Map.of(
            "descent.model",
            "{\"inputs\":1,\"layers\":[{\"dense\":1,\"activation\":\"linear\","
                + "\"initializer\":\"zeros\"}]}"));
    seen(4, "evaluate", "--model", tensors.toString(), "digits");
    Safetensors.write(tensors, List.of(), Map.of("descent.model", HOSTILE));
    seen(4, "evaluate", "--model", tensors.toString(), "digits");
    seen(4, "predict", "--model", model("loss", HOSTILE).toString(), picture.toString());
    seen(4, "predict", "--model", model("classes", LONG).toString(), picture.toString());
  }

  /// Runs a command and looks at all that it printed.
  private static void seen(int status, String... command) {
    Shell shell = Shell.run(command);
    String all = shell.out() + shell.err();
    String what = all.length() < 10_000 ? shell.toString() : all.length() + " characters";
    assertEquals(status, shell.status(), what);
    assertTrue(
        all.codePoints()
            .noneMatch(c ->
                c != '\n'
                    && (Character.isISOControl(c)
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.SURROGATE)),
        what);
    assertFalse(all.lines().anyMatch(line -> line.startsWith("descent: all is well")), what);
    assertFalse(all.contains("internal error"), what);
    assertTrue(all.length() < 5000, what);
    if (status != ExitStatus.DONE) {
      assertEquals(1, shell.err().lines().count(), what);
    }
  }

  private static String[] with(String[] more, String... command) {
    return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
  }

  /// Each fact that is saved with a model, damaged: status 4 and its name, or no matter.
  @Test
  void damagedMetadataAreDamagedData() throws Exception {
    Path state = folder.resolve("state");
    String[] train = {
      "train", "digits", "--backend", "reference", "--limit", "30", "--hidden", "4"
    };
    Shell trained =
        Shell.run(with(new String[] {"--epochs", "1", "--checkpoint", state.toString()}, train));
    assertEquals(ExitStatus.DONE, trained.status(), trained::toString);
    Safetensors.Contents contents = Safetensors.read(state);
    Path damaged = folder.resolve("damaged");
    List<String> texts =
        List.of(
            "",
            "zzz",
            "step:0",
            "cosine:NaN",
            "-1",
            "0",
            "1e999",
            "99999999999999999999",
            "{}",
            "[]",
            "[1]",
            "null",
            "0x0",
            "99999x99999",
            HOSTILE,
            LONG);
    List<String> known = List.of("classes", "epochs", "image", "look", "loss", "schedule", "task");
    assertTrue(contents.metadata().keySet().containsAll(known), contents.metadata()::toString);
    List<String> optimizers = new ArrayList<>();
    for (String name : contents.metadata().keySet()) {
      for (String text : texts) {
        Map<String, String> metadata = new TreeMap<>(contents.metadata());
        metadata.put(name, text);
        // Else it would be the digest that tells.
        metadata.remove(DIGEST);
        Safetensors.write(damaged, contents.entries(), metadata);
        boolean resumed = name.equals("training.state");
        boolean read =
            known.contains(name)
                || name.equals("descent.model")
                || name.equals("descent.preparation");
        int status = read ? ExitStatus.DATA : ExitStatus.DONE;
        String[] reference = {"--backend", "reference", "--limit", "10"};
        String[] evaluate = {"evaluate", "--model", damaged.toString(), "digits"};
        refused(name, text, Shell.run(with(reference, evaluate)), status, damaged);
        if (read || resumed) {
          String[] resume = {"--epochs", "2", "--resume", damaged.toString()};
          refused(name, text, Shell.run(with(resume, train)), ExitStatus.DATA, damaged);
        }
      }
    }
    String stateText = contents.metadata().get("training.state");
    for (String optimizer : List.of("", "zzz", "adam", "adam zzz", "adam 0.9 NaN", HOSTILE, LONG)) {
      Map<String, String> metadata = new TreeMap<>(contents.metadata());
      metadata.remove(DIGEST);
      metadata.put(
          "training.state",
          stateText.replaceFirst(
              "\"optimizer\":\"[^\"]*\"",
              Matcher.quoteReplacement("\"optimizer\":" + Json.of(optimizer))));
      Safetensors.write(damaged, contents.entries(), metadata);
      String[] resume = {"--epochs", "2", "--resume", damaged.toString()};
      Shell shell = Shell.run(with(resume, train));
      optimizers.add(optimizer.length() + ": " + shell.status());
      assertFalse(shell.err().contains("internal error"), shell::toString);
      assertTrue(shell.status() == ExitStatus.DATA || optimizer.equals("adam"), shell::toString);
    }
    assertFalse(optimizers.isEmpty());
  }

  private static void refused(String name, String text, Shell shell, int status, Path file) {
    String what = name + " = " + text.substring(0, Math.min(40, text.length())) + ": " + shell;
    assertEquals(status, shell.status(), what);
    assertFalse(shell.err().contains("internal error"), what);
    if (shell.status() == ExitStatus.DATA) {
      assertTrue(shell.err().startsWith("descent: " + file), what);
      assertEquals(1, shell.err().lines().count(), what);
      assertTrue(shell.err().length() < 600, what);
    }
  }
}
