package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.model.Architecture;
import dev.descent.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Commands with layers that are written out.
final class LayersCommandsTest {
  private static final String LAYERS =
      "conv 4 3x3 same relu, pool 2, residual(conv 4 3x3 same, batchnorm), relu, flatten, dense 9"
          + " relu";
  private static final String WHOLE = "28x28x1: " + LAYERS + ", dense 10";

  @TempDir private Path folder;

  private static Shell done(String... words) {
    Shell shell = Shell.run(words);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return shell;
  }

  private Path path(String name) {
    return folder.resolve(name);
  }

  private static String[] train(String... more) {
    List<String> words =
        new ArrayList<>(List.of("train", "digits", "--limit", "64", "--epochs", "1"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void summaryShowsLayersThatItReadsBack() {
    Shell shell = done("summary", "digits", "--model", LAYERS);
    assertTrue(shell.out().contains("Layers, as --model takes them: " + WHOLE), shell::toString);
    assertTrue(shell.out().contains("batch x 14 x 14 x 4"), shell::toString);
    assertEquals(shell.out(), done("summary", "digits", "--model", WHOLE).out());
    Shell byName = done("summary", "asl", "--model", "asl-cnn");
    String text = byName.out().lines().filter(l -> l.startsWith("Layers")).findFirst().orElse("");
    String written = text.substring(text.indexOf("28x28x1"));
    assertEquals(byName.out(), done("summary", "asl", "--model", written).out());
  }

  @Test
  void layersTrainFromTextAndFileAndAreResumedAndExplained() throws IOException {
    Path file = path("layers.json");
    Files.writeString(file, Architecture.parse(LAYERS).json());
    Shell byText = done(train("--model", LAYERS, "--save", path("a.safetensors").toString()));
    assertTrue(byText.out().contains("model: " + WHOLE + "; "), byText::toString);
    done(train("--model", file.toString(), "--save", path("b.safetensors").toString()));
    Model a = Model.load(path("a.safetensors"));
    assertArrayEquals(a.parameters(), Model.load(path("b.safetensors")).parameters());
    assertEquals(WHOLE, Architecture.of(a).toString());
    Path state = path("state.safetensors");
    done(train("--model", LAYERS, "--checkpoint", state.toString()));
    Shell on =
        done("train", "digits", "--limit", "64", "--epochs", "2", "--resume", state.toString());
    assertTrue(on.out().contains("model: " + WHOLE), on::toString);
    Shell other =
        Shell.run(
            "train",
            "digits",
            "--limit",
            "64",
            "--epochs",
            "2",
            "--resume",
            state.toString(),
            "--model",
            "flatten, dense 9 relu");
    assertEquals(ExitStatus.USAGE, other.status(), other::toString);
    Shell explained = done("explain", "digits", "--limit", "64", "--model", LAYERS);
    assertTrue(explained.out().contains("Conv2d"), explained::toString);
  }

  /// Dense layers that no --hidden describes: each its own activation.
  @Test
  void denseLayersTrainAsWithHiddenAndAreResumed() {
    done(train("--hidden", "9,8", "--save", path("a.safetensors").toString()));
    done(
        train("--model", "dense 9 relu, dense 8 relu", "--save", path("b.safetensors").toString()));
    assertArrayEquals(
        Model.load(path("a.safetensors")).parameters(),
        Model.load(path("b.safetensors")).parameters());
    String state = path("state.safetensors").toString();
    done(train("--model", "dense 9 relu, dense 8 tanh", "--checkpoint", state));
    Shell on = done("train", "digits", "--limit", "64", "--epochs", "2", "--resume", state);
    assertTrue(on.out().contains("dense 8 tanh") || on.out().contains("784-9-8-10"), on::toString);
    String other = path("other.safetensors").toString();
    done(train("--model", "conv 10 3x3, global-average-pool, softmax", "--checkpoint", other));
    done("train", "digits", "--limit", "64", "--epochs", "2", "--resume", other);
  }

  @Test
  void compareTrainsLayersOnSeveralBackends() {
    Shell shell =
        done(
            "compare",
            "digits",
            "--limit",
            "64",
            "--epochs",
            "1",
            "--backends",
            "cpu,reference",
            "--model",
            "conv 2 5x5 stride 2 relu, pool 2");
    assertTrue(shell.out().contains("28x28x1: conv 2 5x5 stride 2 relu, pool 2"), shell::toString);
  }

  @Test
  void importTakesLayersAndTheirWeights() {
    String trained = path("a.safetensors").toString();
    done(train("--model", LAYERS, "--save", trained));
    String copy = path("b.safetensors").toString();
    done("import", "--model", WHOLE, "--weights", trained, "--save", copy);
    assertArrayEquals(
        Model.load(path("a.safetensors")).parameters(),
        Model.load(path("b.safetensors")).parameters());
    Shell unsaid = Shell.run("import", "--model", LAYERS, "--weights", trained, "--save", copy);
    assertEquals(ExitStatus.USAGE, unsaid.status(), unsaid::toString);
    assertTrue(unsaid.err().contains("write 28x28x1: or 784: before"), unsaid::toString);
  }

  @Test
  void oneCycleIsTrainedKeptAndResumed() {
    String state = path("state.safetensors").toString();
    done(train("--schedule", "one-cycle:0.25,10", "--hidden", "8", "--checkpoint", state));
    Shell on = done("train", "digits", "--limit", "64", "--epochs", "3", "--resume", state);
    assertTrue(on.out().contains("schedule one-cycle:0.25,10"), on::toString);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --model | conv 8 3x3 smae | layer 1 (conv 8 3x3 smae): smae is not expected here; write conv FILTERS
          --model | conv 8 99x99 | layer 1 (conv 8 99x99) gets samples of 28 x 28 x 1; it takes images of at least 99 x 99
          --model | conv 8 3x3, dense 9 relu | layer 2 (dense 9 relu) gets samples of 26 x 26 x 8; it takes rows of values: put a flatten
          --model | flatten, dense 9 | ends in dense 9; the data have 10 outputs: leave it out, and the last layer is added
          --model | 28x29x1: relu | takes images of 28 x 29 x 1; digits
          --model | nowhere.json | nowhere.json
          --model | resnet | asl-cnn, asl-cnn-keras, mnist-cnn; layers are written as conv 32 3x3
          --schedule | one-cycle:1 | a warm-up of 1.0 of the run; not in [0, 1)
          --schedule | one-cycle:0.3,25,1e4,7 | must be constant, step:EVERY
          """)
  void whatIsWrongIsSaidInOneLine(String flag, String value, String message) {
    Shell shell = Shell.run(train(flag, value));
    assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
    assertTrue(shell.err().contains(message), shell::toString);
  }
}
