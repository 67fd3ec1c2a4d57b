package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.model.KnownModel;
import dev.descent.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands with a network by name.
final class KnownModelCommandsTest {
  @TempDir private Path folder;

  @Test
  void summaryShowsShapesParametersAndMultiplyAdds() {
    Shell shell = Shell.run("summary", "asl", "--model", "asl-cnn", "--batch", "32");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("Parameters: 404,099"), shell::toString);
    assertTrue(shell.out().contains("batch x 28 x 28 x 25"), shell::toString);
    assertTrue(shell.out().contains("Multiply-adds of a sample: 4,393,038"), shell::toString);
  }

  @Test
  void explainShowsConvolutions() {
    Shell shell =
        Shell.run("explain", "digits", "--model", "mnist-cnn", "--limit", "64", "--batch", "16");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("Conv2d"), shell::toString);
  }

  @Test
  void aNameThatIsNoneIsRefusedWithTheNames() {
    Shell shell = Shell.run("train", "digits", "--model", "resnet");
    assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
    assertTrue(shell.err().contains("asl-cnn, asl-cnn-keras, mnist-cnn"), shell::toString);
  }

  @Test
  void flagsOfHiddenLayersAreRefusedBesideAName() {
    for (List<String> flag :
        List.of(
            List.of("--hidden", "32"),
            List.of("--dropout", "0.1"),
            List.of("--activation", "tanh"))) {
      List<String> words = new ArrayList<>(List.of("train", "digits", "--model", "asl-cnn"));
      words.addAll(flag);
      Shell shell = Shell.run(words.toArray(String[]::new));
      assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
      assertTrue(shell.err().contains("leave out " + flag.getFirst()), shell::toString);
    }
  }

  @Test
  void aRunIsReportedAndResumedWithItsNetwork() throws IOException {
    Path page = folder.resolve("run.html");
    Path file = folder.resolve("model.safetensors");
    Path state = folder.resolve("state.safetensors");
    Shell shell =
        Shell.run(
            "train",
            "digits",
            "--model",
            "mnist-cnn",
            "--limit",
            "64",
            "--epochs",
            "1",
            "--checkpoint",
            state.toString(),
            "--report",
            page.toString(),
            "--save",
            file.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals(KnownModel.MNIST_CNN.build(10, 1).layers(), Model.load(file).layers());
    String html = Files.readString(page);
    assertTrue(html.contains("What the first layer looks for"), html);
    assertEquals(24, html.split("alt=\"kernel ", -1).length - 1);
    assertEquals(24, html.split("alt=\"feature map ", -1).length - 1);
    Shell resumed =
        Shell.run(
            "train", "digits", "--limit", "64", "--epochs", "2", "--resume", state.toString());
    assertEquals(ExitStatus.DONE, resumed.status(), resumed::toString);
    Shell evaluated = Shell.run("evaluate", "--model", file.toString(), "digits", "--limit", "64");
    assertEquals(ExitStatus.DONE, evaluated.status(), evaluated::toString);
  }
}
