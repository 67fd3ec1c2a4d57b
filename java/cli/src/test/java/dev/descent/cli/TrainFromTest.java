package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.data.Preparation;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `train --from`, and layers that it leaves as they are.
final class TrainFromTest {
  @TempDir private Path folder;

  static List<String> backends() {
    return Engine.devices().stream()
        .filter(DeviceReport::usable)
        .map(DeviceReport::id)
        .filter(List.of("reference", "cpu", "native")::contains)
        .toList();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  /// A table of points in the plane with the names of the parts that they lie in.
  ///
  /// @param greatest the greatest x of the points
  /// @param parts one of them is the class: by the angle
  private String table(String name, double greatest, String... parts) throws IOException {
    var random = new SplittableRandom(parts.length);
    var text = new StringBuilder("x,y,part\n");
    for (int i = 0; i < 240; i++) {
      double x = random.nextDouble(-greatest, greatest);
      double y = random.nextDouble(-1, 1);
      double angle = Math.atan2(y, x / greatest) / (2 * Math.PI) + 0.5;
      int part = Math.min(parts.length - 1, (int) (angle * parts.length));
      text.append(String.format(Locale.ROOT, "%.4f,%.4f,%s%n", x, y, parts[part]));
    }
    Files.writeString(folder.resolve(name), text);
    return "csv:" + path(name);
  }

  private static Shell train(String backend, String task, String... more) {
    List<String> words = new ArrayList<>(List.of("train", task, "--backend", backend));
    if (task.startsWith("csv:") && !List.of(more).contains("--target")) {
      words.addAll(List.of("--label", "part"));
    }
    words.addAll(List.of("--batch", "16", "--lr", "0.02"));
    words.addAll(List.of(more));
    return Shell.run(words.toArray(String[]::new));
  }

  private static Shell done(Shell shell) {
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return shell;
  }

  private Model base(String backend) throws IOException {
    String three = table("three.csv", 1, "north", "east", "west");
    done(train(backend, three, "--hidden", "12,9", "--epochs", "8", "--save", path("base")));
    return Model.load(folder.resolve("base"));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aNewHeadLearnsOtherClassesWhileTheOthersKeepTheirBits(String backend) throws IOException {
    Model base = base(backend);
    // The same columns, on another scale and with other classes.
    String two = table("two.csv", 1, "above", "below");
    Shell shell =
        done(
            train(
                backend,
                two,
                "--from",
                path("base"),
                "--freeze",
                "2",
                "--epochs",
                "12",
                "--save",
                path("new")));
    assertTrue(
        shell.out().contains("from: " + path("base") + "; dense3 is new, for 2 classes\n"),
        shell::toString);
    assertTrue(
        shell.out().contains("2-12-9-2, relu, 20 parameters to train; frozen: dense1, dense2\n"),
        shell::toString);
    Model trained = Model.load(folder.resolve("new"));
    assertEquals(Set.of("dense1", "dense2"), trained.frozen());
    for (String name : List.of("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias")) {
      assertArrayEquals(base.get(name), trained.get(name), name);
    }
    assertEquals("[\"above\",\"below\"]", trained.metadata().get("classes"));
    Preparation before = base.preparation().orElseThrow();
    Preparation after = trained.preparation().orElseThrow();
    assertEquals(before.inputs(), after.inputs());
    assertEquals(List.of("above", "below"), after.classNames());
    Shell evaluated =
        done(Shell.run("evaluate", "--model", path("new"), two, "--backend", backend));
    float[] untrained = base.newHead(2, 1).get("dense3.weight");
    assertFalse(Arrays.equals(untrained, trained.get("dense3.weight")));
    assertTrue(evaluated.out().matches("(?s).*accuracy: (0\\.9|1\\.0).*"), evaluated::toString);
  }

  @Test
  void theSameClassesKeepTheirHeadAndTheirScale() throws IOException {
    Model base = base("reference");
    // A part of the classes, and ten times as wide.
    String some = table("some.csv", 10, "north", "east");
    Shell shell =
        done(
            train(
                "reference",
                some,
                "--from",
                path("base"),
                "--lr",
                "1e-30",
                "--optimizer",
                "sgd",
                "--epochs",
                "1",
                "--save",
                path("same")));
    assertTrue(shell.out().contains("from: " + path("base") + "\n"), shell::toString);
    Model same = Model.load(folder.resolve("same"));
    assertArrayEquals(base.parameters(), same.parameters());
    assertEquals(base.preparation(), same.preparation());
    assertEquals(base.metadata().get("classes"), same.metadata().get("classes"));
  }

  @Test
  void layersAreFrozenByNumberOrByName() throws IOException {
    base("reference");
    String two = table("two.csv", 1, "above", "below");
    String[][] ways = {{"--freeze", "2"}, {"--freeze", "dense2,dense1"}};
    List<byte[]> files = new ArrayList<>();
    for (String[] way : ways) {
      done(
          train(
              "reference",
              two,
              "--from",
              path("base"),
              way[0],
              way[1],
              "--epochs",
              "2",
              "--save",
              path("new")));
      files.add(Files.readAllBytes(folder.resolve("new")));
    }
    assertArrayEquals(files.getFirst(), files.getLast());
    // The whole network is trained again where nothing is said.
    done(train("reference", two, "--from", path("new"), "--epochs", "1", "--save", path("all")));
    Model before = Model.load(folder.resolve("new"));
    Model all = Model.load(folder.resolve("all"));
    assertEquals(Set.of(), all.frozen());
    assertFalse(Arrays.equals(before.get("dense1.weight"), all.get("dense1.weight")));
  }

  /// Layers that no flags describe, of a file that another program may have written.
  @ParameterizedTest
  @MethodSource("backends")
  void aRunWithFrozenLayersIsResumedToTheSameBytes(String backend) throws IOException {
    Model odd =
        Model.sequential(2)
            .dense(12, Activation.TANH)
            .dense(9, Activation.GELU)
            .dropout(0.2f)
            .dense(5)
            .activation(Activation.SOFTMAX)
            .build(7);
    odd.save(folder.resolve("odd"));
    String four = table("four.csv", 3, "a", "b", "c", "d");
    String[] from = {"--from", path("odd"), "--freeze", "dense1", "--epochs", "4"};
    done(train(backend, four, with(from, "--save", path("whole"))));
    from[5] = "2";
    done(train(backend, four, with(from, "--checkpoint", path("half"))));
    String[] rest = {"--resume", path("half"), "--epochs", "4", "--save", path("resumed")};
    done(train(backend, four, rest));
    Model whole = Model.load(folder.resolve("whole"));
    Model resumed = Model.load(folder.resolve("resumed"));
    assertArrayEquals(whole.parameters(), resumed.parameters());
    assertEquals(Set.of("dense1"), resumed.frozen());
    assertArrayEquals(odd.get("dense1.weight"), resumed.get("dense1.weight"));
    assertFalse(Arrays.equals(odd.get("dense2.weight"), resumed.get("dense2.weight")));
    assertEquals(odd.newHead(4, 1).layers(), resumed.layers());
  }

  @Test
  void targetsOfOtherNamesGetANewHead() throws IOException {
    String file = table("points.csv", 1, "1", "2", "3");
    done(
        train(
            "reference",
            file,
            "--target",
            "part",
            "--hidden",
            "6",
            "--epochs",
            "2",
            "--save",
            path("base")));
    Path other = folder.resolve("other.csv");
    Files.writeString(
        other, Files.readString(folder.resolve("points.csv")).replace("part", "height"));
    String[] from = {"--from", path("base"), "--freeze", "1", "--epochs", "2"};
    Shell same = done(train("reference", file, with(from, "--target", "part")));
    assertTrue(same.out().contains("from: " + path("base") + "\n"), same::toString);
    Shell fresh = done(train("reference", "csv:" + other, with(from, "--target", "height")));
    assertTrue(fresh.out().contains("dense2 is new, for 1 target values\n"), fresh::toString);
  }

  @Test
  void whatCannotBeIsRefused() throws IOException {
    base("reference");
    String two = table("two.csv", 1, "above", "below");
    String from = path("base");
    String[][] wrong = {
      {"--from", from, "--freeze", "dense9", "no layer dense9 to freeze", "dense1, dense2, dense3"},
      {"--from", from, "--freeze", "dense1,head", "no layer head", "dense1, dense2, dense3"},
      {"--from", from, "--freeze", "4", "--freeze 4: the layers", "dense1, dense2, dense3"},
      {"--from", from, "--freeze", "3", "--freeze dense3: this layer is new", "must be trained"},
      {"--from", from, "--freeze", "0", "--freeze", "a number of layers from 1"},
      {"--from", from, "--freeze", "-1", "--freeze", "a number of layers from 1"},
      {"--from", from, "--freeze", "dense1,", "--freeze", "names with commas between"},
      {"--from", from, "--freeze", "", "--freeze", "names with commas between"},
      {"--from", from, "--hidden", "7", "--from FILE says all", "leave out --hidden"},
      {"--from", from, "--model", "asl-cnn", "--from FILE says all", "leave out --model"},
      {"--epochs", "1", "--freeze", "1", "--freeze needs --from FILE", ""},
      {"--resume", from, "--freeze", "1", "--resume goes on", "leave out --freeze"},
      {"--resume", from, "--from", from, "--resume goes on", "leave out --from"},
    };
    for (String[] words : wrong) {
      Shell shell = train("reference", two, Arrays.copyOf(words, 4));
      assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
      assertTrue(shell.err().contains(words[4]), shell::toString);
      assertTrue(shell.err().contains(words[5]), shell::toString);
    }
    String three = table("three.csv", 1, "north", "east", "west");
    Shell all = train("reference", three, "--from", from, "--freeze", "3");
    assertEquals(ExitStatus.USAGE, all.status(), all::toString);
    assertTrue(all.err().contains("at least one layer that is trained"), all::toString);
    Shell digits = train("reference", "digits", "--from", from, "--limit", "20");
    assertEquals(ExitStatus.USAGE, digits.status(), digits::toString);
    assertTrue(
        digits.err().contains("the model takes rows of 2 values; digits has 784"),
        digits::toString);
    Shell none = train("reference", two, "--from", path("nothing"));
    assertEquals(ExitStatus.DATA, none.status(), none::toString);
    Files.writeString(folder.resolve("text"), "no model");
    Shell text = train("reference", two, "--from", path("text"));
    assertEquals(ExitStatus.DATA, text.status(), text::toString);
  }

  private static String[] with(String[] words, String... more) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
