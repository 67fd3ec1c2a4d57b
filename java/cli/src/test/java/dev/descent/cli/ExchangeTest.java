package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.format.Safetensors;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `export` and `import`.
final class ExchangeTest {
  @TempDir private Path folder;

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void aModelComesBackFromOnnx() {
    Model model = Model.sequential(784).dense(20, Activation.RELU).dense(10).build(3);
    model.metadata().put("loss", "softmax cross-entropy");
    model.save(folder.resolve("model"));
    Shell export = Shell.run("export", "--model", path("model"), "--onnx", path("m.onnx"));
    assertEquals(ExitStatus.DONE, export.status(), export::toString);
    assertEquals(
        "wrote " + path("m.onnx") + ": 784-20-10, relu, 15,910 parameters\n", export.out());
    Shell back = Shell.run("import", "--onnx", path("m.onnx"), "--save", path("back"));
    assertEquals(ExitStatus.DONE, back.status(), back::toString);
    assertTrue(back.out().contains("Dense (relu)"), back::toString);
    Model read = Model.load(folder.resolve("back"));
    assertArrayEquals(model.parameters(), read.parameters());
    assertEquals(model.metadata(), read.metadata());
  }

  @Test
  void probabilitiesAreThoseOfTheLoss() {
    DataSet data = Digits.draw(1, 0, 5);
    Model model = Model.sequential(784).dense(10).build(3);
    model.metadata().put("loss", "softmax cross-entropy");
    model.save(folder.resolve("model"));
    String[] export = {
      "export", "--model", path("model"), "--onnx", path("m.onnx"), "--probabilities"
    };
    assertEquals(ExitStatus.DONE, Shell.run(export).status());
    Shell back = Shell.run("import", "--onnx", path("m.onnx"), "--save", path("back"));
    assertEquals(ExitStatus.DONE, back.status(), back::toString);
    try (Engine engine = Engine.open("reference")) {
      float[] given = engine.predict(Model.load(folder.resolve("back")), data);
      Predictions expected =
          Predictions.of(model, Loss.softmaxCrossEntropy(), engine.predict(model, data));
      for (int i = 0; i < given.length; i++) {
        assertEquals(expected.probabilities()[i], given[i], 1e-6);
      }
    }
    export[2] = path("back");
    Shell twice = Shell.run(export);
    assertEquals(ExitStatus.FAILED, twice.status(), twice::toString);
    assertTrue(twice.err().startsWith("descent: --probabilities: "), twice::toString);
  }

  @Test
  void weightsOfAnotherProgram() {
    List<Safetensors.Entry> entries =
        List.of(
            Safetensors.Entry.of("fc1.weight", new float[] {1, 2, 3, 4, 5, 6}, 3, 2),
            Safetensors.Entry.of("fc1.bias", new float[] {7, 8, 9}, 3),
            Safetensors.Entry.of("fc2.weight", new float[] {-1, -2, -3}, 1, 3));
    Safetensors.write(folder.resolve("w.safetensors"), entries, Map.of());
    Shell shell =
        Shell.run(
            "import",
            "--model",
            "2-3-1",
            "--activation",
            "tanh",
            "--weights",
            path("w.safetensors"),
            "--save",
            path("model"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals("dense1.weight            <- fc1.weight [3, 2]", shell.lines().getFirst());
    assertTrue(shell.lines().contains("dense2.bias              <- zeros"), shell::toString);
    Model model = Model.load(folder.resolve("model"));
    assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, model.get("dense1.weight"));
    assertTrue(model.summary().contains("Dense (tanh)"), model.summary());

    Shell one =
        Shell.run(
            "import",
            "--model",
            path("model"),
            "--map",
            "dense2=fc2",
            "--layout",
            "pytorch",
            "--weights",
            path("w.safetensors"),
            "--save",
            path("other"));
    assertEquals(ExitStatus.DONE, one.status(), one::toString);
    assertArrayEquals(model.parameters(), Model.load(folder.resolve("other")).parameters());
    Shell wrong =
        Shell.run(
            "import", "--model", "2-4-1", "--weights", path("w.safetensors"), "--save", path("x"));
    assertEquals(ExitStatus.DATA, wrong.status(), wrong::toString);
    assertEquals(1, wrong.err().lines().count(), wrong::toString);
  }

  @Test
  void whatCannotBeReadIsOneLine() throws IOException {
    Files.writeString(folder.resolve("x.onnx"), "\u001b[2J");
    Shell shell = Shell.run("import", "--onnx", path("x.onnx"), "--save", path("y"));
    assertEquals(ExitStatus.DATA, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().contains(path("x.onnx")), shell::toString);
    assertFalse(Files.exists(folder.resolve("y")));
  }
}
