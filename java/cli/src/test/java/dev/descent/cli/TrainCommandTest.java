package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.Engine;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.OptimizerName;
import dev.descent.cli.shell.CommandText;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Interruption;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.Terminal;
import dev.descent.internal.format.Json;
import dev.descent.model.Model;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Small training runs from the command line to the files that they leave.
final class TrainCommandTest {
  private static final String NUMBER = "[0-9.e+-]+";
  private static final int SIGINT = 2;

  @TempDir private Path folder;

  /// A run on the reference backend that takes a moment.
  private static String[] command(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "digits",
                "--backend",
                "reference",
                "--limit",
                "60",
                "--hidden",
                "8",
                "--batch",
                "25",
                "--epochs",
                "2"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void aPipeGetsALineAnEpoch() {
    Shell shell = Shell.run(command());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals("", shell.err());
    List<String> lines = shell.lines();
    assertEquals(7, lines.size(), shell::toString);
    assertTrue(lines.get(0).startsWith("reference: "), shell::toString);
    assertEquals(
        "data: digits, 60 training and 60 validation images of 28 x 28, 10 classes", lines.get(1));
    assertEquals("model: 784-8-10, relu, 6,370 parameters", lines.get(2));
    assertEquals("training: adam 0.001, batch 25, 2 epochs, seed 1", lines.get(3));
    for (int epoch = 1; epoch <= 2; epoch++) {
      String pattern =
          "Epoch %d/2 - [0-9.]+m?s - [0-9.]+[mu]?s/step - loss: N - accuracy: N - val_loss: N - val_accuracy: N"
              .formatted(epoch)
              .replace("N", NUMBER);
      assertTrue(lines.get(3 + epoch).matches(pattern), shell::toString);
    }
    assertTrue(
        lines.get(6).matches("2 epochs in .+; best validation accuracy .+ \\(epoch [12]\\)"),
        shell::toString);
    assertTrue(shell.out().chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 127)));
  }

  @Test
  void autoSaysWhatItChose() {
    Shell shell =
        Shell.run("train", "digits", "--limit", "30", "--hidden", "none", "--epochs", "1");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    try (Engine engine = Engine.open("auto")) {
      assertEquals(engine.device().backend(), shell.out().substring(0, shell.out().indexOf(':')));
    }
    assertTrue(shell.out().contains("model: 784-10, 7,850 parameters\n"), shell::toString);
  }

  @Test
  void theSameCommandWritesTheSameBytes() throws Exception {
    for (String backend : List.of("reference", "auto")) {
      List<byte[]> models = new ArrayList<>();
      for (String[] more : new String[][] {{}, {}, {"--threads", "1"}}) {
        Path file = folder.resolve("model" + models.size());
        String[] all =
            Stream.concat(
                    Arrays.stream(command("--dropout", "0.2", "--save", file.toString())),
                    Stream.concat(Stream.of("--backend", backend).skip(2), Arrays.stream(more)))
                .toArray(String[]::new);
        assertEquals(ExitStatus.DONE, Shell.run(all).status());
        models.add(Files.readAllBytes(file));
      }
      assertArrayEquals(models.get(0), models.get(1));
      assertArrayEquals(models.get(0), models.get(2));
    }
  }

  /// The root of the mean squared error, to four digits, of the loss that stands in the same
  /// output.
  @Test
  void theSquaredErrorComesWithItsRoot() {
    Shell shell = Shell.run(command("--loss", "mse"));
    String last = shell.lines().stream().filter(l -> l.startsWith("Epoch 2/2")).findFirst().get();
    double loss = Double.parseDouble(last.replaceAll(".* - loss: (\\S+) .*", "$1"));
    double rmse = Double.parseDouble(shell.out().replaceAll("(?s).*; RMSE ([\\d.]+).*", "$1"));
    assertEquals(Math.sqrt(loss), rmse, 2e-4, shell::toString);
    assertFalse(Shell.run(command()).out().contains("RMSE"));
  }

  @Test
  void theModelKnowsItsClassesAndLoss() {
    Path file = folder.resolve("model.safetensors");
    Shell shell = Shell.run(command("--loss", "mse", "--save", file.toString()));
    assertTrue(shell.out().endsWith("model saved to " + file + "\n"), shell::toString);
    Model model = Model.load(file);
    assertEquals("mean squared error", model.metadata().get("loss"));
    assertEquals("digits", model.metadata().get("task"));
    assertEquals("28x28", model.metadata().get("image"));
    assertEquals(
        List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), ModelFacts.classes(model));
  }

  @Test
  void theLogHasARecordForEachEvent() throws Exception {
    Path file = folder.resolve("log.jsonl");
    Files.writeString(file, "{\"event\":\"run\",\"from\":\"an earlier run\"}\n");
    Path model = folder.resolve("m");
    Shell shell =
        Shell.run(command("--log", file.toString(), "--save", model.toString(), "--seed", "-7"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    List<Json.Members> log = log(file);
    assertEquals(
        List.of("run", "epoch", "epoch", "end"), log.stream().map(r -> text(r, "event")).toList());

    Json.Members run = log.getFirst();
    assertEquals("reference", text(run, "backend"));
    assertEquals("digits", text(run, "task"));
    assertEquals(new Json.Whole(-7), run.get("seed"));
    for (String name : List.of("device", "driver", "versions", "settings", "data")) {
      assertNotNull(run.get(name), name);
    }
    assertEquals(
        List.of(
            "event",
            "epoch",
            "loss",
            "accuracy",
            "valLoss",
            "valAccuracy",
            "seconds",
            "wholeSeconds",
            "valSeconds",
            "samplesPerSecond"),
        List.copyOf(log.get(1).members().keySet()));
    assertEquals(new Json.Whole(2), log.get(2).get("epoch"));
    Json.Members end = log.getLast();
    assertEquals("done", text(end, "status"));
    assertSame(Json.Null.NULL, end.get("reason"));
    assertEquals(new Json.Whole(0), end.get("exit"));
    assertEquals(model.toString(), text(end, "model"));
  }

  @Test
  void aFigureThatIsNotThereIsNullInTheLog() throws Exception {
    Path csv = csv(40);
    Path file = folder.resolve("log.jsonl");
    Shell shell =
        Shell.run(
            "train",
            "csv:" + csv,
            "--backend",
            "reference",
            "--validation-split",
            "0",
            "--hidden",
            "none",
            "--epochs",
            "1",
            "--log",
            file.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(
        shell.out().contains("40 training and no validation rows of 2 values, 2 classes"),
        shell::toString);
    assertSame(Json.Null.NULL, log(file).get(1).get("valLoss"));
    assertFalse(shell.out().contains("val_loss"), shell::toString);
  }

  @Test
  void csvIsSplitOrHasASecondFile() throws Exception {
    Path csv = csv(50);
    Shell split =
        Shell.run(
            "train",
            "csv:" + csv,
            "--backend",
            "reference",
            "--hidden",
            "4",
            "--loss",
            "binary",
            "--optimizer",
            "sgd",
            "--epochs",
            "2");
    assertTrue(split.out().contains("40 training and 10 validation rows"), split::toString);
    assertTrue(split.out().contains("model: 2-4-1, relu, 17 parameters"), split::toString);
    assertTrue(split.out().contains("training: sgd 0.01, "), split::toString);
    Shell second =
        Shell.run(
            "train",
            "csv:" + csv,
            "--backend",
            "reference",
            "--hidden",
            "4",
            "--label",
            "0",
            "--validation",
            csv.toString(),
            "--epochs",
            "1",
            "--limit",
            "20");
    assertTrue(second.out().contains("20 training and 20 validation rows"), second::toString);
  }

  @Test
  void earlyStoppingSaysWhy() {
    Shell shell =
        Shell.run(
            command("--epochs", "500", "--early-stopping", "1", "--lr", "1", "--optimizer", "sgd"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(
        shell.lines().getLast().startsWith("early stopping: validation loss has not"),
        shell::toString);
  }

  @Test
  void everyOptimizerAndScheduleRuns() {
    for (OptimizerName name : OptimizerName.values()) {
      String word = Converters.word(name);
      Shell shell = Shell.run(command("--epochs", "1", "--optimizer", word));
      assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
      assertTrue(shell.out().contains("training: " + word + " "), shell::toString);
    }
    for (String schedule :
        List.of(
            "constant",
            "step:1",
            "step:1,0.5",
            "exponential",
            "exponential:0.8",
            "cosine",
            "cosine:1",
            "cosine:0.5,0.1")) {
      Shell shell = Shell.run(command("--schedule", schedule, "--reduce-lr", "1"));
      assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    }
  }

  @Test
  void aLossThatIsNotANumberFailsAndSavesNothing() throws Exception {
    Path model = folder.resolve("model");
    Path log = folder.resolve("log");
    Files.writeString(model, "an older model");
    Shell shell =
        Shell.run(
            command(
                "--loss",
                "mse",
                "--optimizer",
                "sgd",
                "--lr",
                "1e30",
                "--epochs",
                "9",
                "--save",
                model.toString(),
                "--log",
                log.toString()));
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().startsWith("descent: the loss became "), shell::toString);
    assertTrue(shell.err().contains("the model is not saved"), shell::toString);
    assertEquals("an older model", Files.readString(model));
    assertEquals("diverged", text(log(log).getLast(), "status"));
  }

  @Test
  void aSignalEndsTheRunAfterTheStepAndSaves() throws Exception {
    Path model = folder.resolve("model");
    Path log = folder.resolve("log");
    var killed = new AtomicInteger();
    var interruption = new Interruption(killed::set, i -> {});
    Shell shell =
        interruptedAt(
            "\r1/3 ",
            new Terminal(true, 80),
            interruption,
            command("--epochs", "9", "--save", model.toString(), "--log", log.toString()));
    assertEquals(130, shell.status(), shell::toString);
    String where = "interrupted in epoch 1 of 9, after step 1 of 3";
    assertEquals(
        where
            + "; model saved to %s, checkpoint to %2$s (to go on: --resume %2$s)"
                .formatted(model, model + ".checkpoint"),
        shell.lines().getLast());
    assertEquals("", shell.err());
    Model.load(model);
    Json.Members end = log(log).getLast();
    assertEquals("interrupted", text(end, "status"));
    assertEquals(where, text(end, "reason"));
    assertEquals(new Json.Whole(130), end.get("exit"));
    assertEquals(0, killed.get());
    interruption.signal(SIGINT);
    assertEquals(130, killed.get());
  }

  /// Interrupted in the middle of an epoch, and resumed without a flag of the first command
  /// repeated.
  @Test
  void aResumedRunEndsWithTheSameModel() throws Exception {
    String[] settings = {
      "--hidden",
      "9,7",
      "--dropout",
      "0.25",
      "--lr",
      "0.02",
      "--seed",
      "5",
      "--optimizer",
      "nesterov",
      "--momentum",
      "0.8"
    };
    Path whole = folder.resolve("whole");
    Shell once = Shell.run(command(with(settings, "--epochs", "3", "--save", whole.toString())));
    assertEquals(ExitStatus.DONE, once.status(), once::toString);

    Path file = folder.resolve("half");
    Shell half =
        interruptedAt(
            "\r1/3 ",
            new Terminal(true, 80),
            Interruption.none(),
            command(with(settings, "--epochs", "3", "--save", file.toString())));
    assertEquals(130, half.status(), half::toString);
    Path state = folder.resolve("half.checkpoint");
    assertTrue(half.out().contains("(to go on: --resume " + state + ")"), half::toString);

    Path page = folder.resolve("page.html");
    Path log = folder.resolve("log");
    Shell rest =
        Shell.run(
            "train",
            "digits",
            "--backend",
            "reference",
            "--limit",
            "60",
            "--resume",
            state.toString(),
            "--checkpoint",
            state.toString(),
            "--save",
            file.toString(),
            "--report",
            page.toString(),
            "--log",
            log.toString());
    assertEquals(ExitStatus.DONE, rest.status(), rest::toString);
    assertTrue(
        rest.out().contains("resumed: from " + state + ", after 0 epochs and 1 of 3 steps\n"),
        rest::toString);
    assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(file));
    assertTrue(
        Files.readString(page).contains("Training was stopped after step 1 of 3 in epoch 1"));
    assertTrue(log(log).getFirst().get("resumed") instanceof Json.Members);
    assertEquals(3, log(log).stream().filter(r -> text(r, "event").equals("epoch")).count());

    Shell more =
        Shell.run(
            command(
                with(
                    settings,
                    "--epochs",
                    "4",
                    "--resume",
                    state.toString(),
                    "--log",
                    log.toString())));
    assertEquals(ExitStatus.DONE, more.status(), more::toString);
    assertEquals(4, log(log).stream().filter(r -> text(r, "event").equals("epoch")).count());
    assertTrue(more.out().contains("1 epoch in "), more::toString);
  }

  @Test
  void aResumedRunKeepsItsScheduleAndEpochsOrTellsTheDifference() throws Exception {
    Path file = folder.resolve("model");
    Path log = folder.resolve("log");
    String[] files = {"--checkpoint", file.toString(), "--log", log.toString()};
    Shell whole = Shell.run(command(with(files, "--epochs", "2", "--schedule", "exponential:0.5")));
    assertEquals(ExitStatus.DONE, whole.status(), whole::toString);

    Shell same = Shell.run(command(with(files, "--epochs", "3", "--resume", file.toString())));
    assertEquals(ExitStatus.DONE, same.status(), same::toString);
    assertTrue(same.out().contains("after 2 epochs\n"), same::toString);
    assertTrue(same.out().contains(", schedule exponential:0.5\n"), same::toString);

    Shell other =
        Shell.run(
            command(
                with(
                    files,
                    "--epochs",
                    "4",
                    "--schedule",
                    "constant",
                    "--lr",
                    "0.5",
                    "--resume",
                    file.toString())));
    assertEquals(ExitStatus.DONE, other.status(), other::toString);
    assertTrue(
        other
            .out()
            .contains(
                "after 3 epochs; from here on learning rate 0.5 instead of 0.001, schedule constant"
                    + " instead of exponential:0.5\n"),
        other::toString);
  }

  @Test
  void anOptimizersNumbersAreUsedAndKept() throws Exception {
    String[] numbers = {
      "adamw", "--beta1", "0.8", "--beta2", "0.95", "--epsilon", "1e-3", "--weight-decay", "0.1"
    };
    List<byte[]> models = new ArrayList<>();
    for (int count = 1; count <= numbers.length; count += 2) {
      String[] first = with(command("--optimizer"), Arrays.copyOf(numbers, count));
      Path whole = folder.resolve("whole" + count);
      Shell once = Shell.run(with(first, "--epochs", "3", "--save", whole.toString()));
      assertEquals(ExitStatus.DONE, once.status(), once::toString);
      Path state = folder.resolve("state" + count);
      Shell begun = Shell.run(with(first, "--epochs", "1", "--checkpoint", state.toString()));
      assertEquals(ExitStatus.DONE, begun.status(), begun::toString);
      Path rest = folder.resolve("rest" + count);
      Shell resumed =
          Shell.run(
              command("--epochs", "3", "--resume", state.toString(), "--save", rest.toString()));
      assertEquals(ExitStatus.DONE, resumed.status(), resumed::toString);
      assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(rest));
      for (byte[] other : models) {
        assertFalse(Arrays.equals(other, Files.readAllBytes(whole)), numbers[count - 1]);
      }
      models.add(Files.readAllBytes(whole));
    }
  }

  @Test
  void whatDoesNotFitTheRunIsNotResumed() throws Exception {
    Path file = folder.resolve("model");
    assertEquals(ExitStatus.DONE, Shell.run(command("--checkpoint", file.toString())).status());
    for (String[] wrong :
        new String[][] {
          {"--batch", "10", "a batch of 25, not a batch of 10"},
          {"--seed", "2", "seed 1, not seed 2"},
          {"--optimizer", "sgd", "adam"},
          {"--loss", "mse", "the loss softmax cross-entropy"},
          {"--hidden", "9", "the layers"},
          {"--epochs", "2", "2 epochs already"},
        }) {
      Shell shell =
          Shell.run(
              command(
                  "--epochs",
                  "3",
                  "--resume",
                  file.toString(),
                  "--batch",
                  "25",
                  wrong[0],
                  wrong[1]));
      assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
      assertTrue(shell.err().contains(wrong[2]), shell::toString);
      assertEquals(1, shell.err().lines().count(), shell::toString);
    }
    Shell fewer = Shell.run(command("--epochs", "3", "--resume", file.toString(), "--limit", "59"));
    assertEquals(ExitStatus.FAILED, fewer.status(), fewer::toString);

    Path plain = folder.resolve("plain");
    Model.load(file).save(plain);
    Shell nothing = Shell.run(command("--epochs", "3", "--resume", plain.toString()));
    assertEquals(ExitStatus.DATA, nothing.status(), nothing::toString);
    assertTrue(nothing.err().contains("there is nothing to resume"), nothing::toString);
    assertEquals(
        ExitStatus.DATA, Shell.run(command("--resume", folder.toString() + "/none")).status());
  }

  @Test
  void otherDataOfTheSameSizeIsRefusedUnlessItIsSaid() throws Exception {
    Path csv = csv(40);
    Path state = folder.resolve("state");
    String[] train = {"train", "csv:" + csv, "--backend", "reference", "--hidden", "4"};
    Shell first = Shell.run(with(train, "--epochs", "1", "--checkpoint", state.toString()));
    assertEquals(ExitStatus.DONE, first.status(), first::toString);
    Files.writeString(csv, Files.readString(csv).replace("\n0,", "\n9,").replace("\n1,", "\n0,"));
    Files.writeString(csv, Files.readString(csv).replace("\n9,", "\n1,"));
    String[] more = with(train, "--epochs", "2", "--resume", state.toString());
    Shell refused = Shell.run(more);
    assertEquals(ExitStatus.FAILED, refused.status(), refused::toString);
    assertTrue(refused.err().contains("other training data of the same size"), refused::toString);
    Shell forced = Shell.run(with(more, "--force"));
    assertEquals(ExitStatus.DONE, forced.status(), forced::toString);
  }

  /// What `--save` leaves is the model; what resuming needs is kept only until it is saved.
  @Test
  void theStateLiesBesideTheModelUntilThatIsSaved() throws Exception {
    Path model = folder.resolve("m.safetensors");
    Path state = folder.resolve("m.checkpoint.safetensors");
    String[] save = {"--save", model.toString(), "--optimizer", "adam", "--every", "1step"};
    var seen = new AtomicInteger();
    Shell shell =
        Shell.run(
            (out, err) ->
                Invocation.piped(
                    Shell.stream(
                        new Trigger(out, "Epoch 2/", () -> seen.set(Files.exists(state) ? 1 : 0))),
                    err),
            command(save));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals(1, seen.get());
    assertEquals(List.of(model), list());
    long parameters = Model.load(model).parameterCount();
    assertTrue(Files.size(model) < 4 * parameters + 4096, Files.size(model) + " bytes");

    Shell half = interruptedAt("Epoch 1/", Terminal.NONE, Interruption.none(), command(save));
    assertEquals(130, half.status(), half::toString);
    assertTrue(half.out().contains("checkpoint to " + state), half::toString);
    Shell wrong = Shell.run(command(with(save, "--resume", model.toString())));
    assertEquals(ExitStatus.DATA, wrong.status(), wrong::toString);
    assertTrue(wrong.err().contains("the state of its run is in " + state), wrong::toString);
    byte[] whole = Files.readAllBytes(model);
    Shell rest = Shell.run(command(with(save, "--resume", state.toString())));
    assertEquals(ExitStatus.DONE, rest.status(), rest::toString);
    assertFalse(Arrays.equals(whole, Files.readAllBytes(model)));
    assertEquals(List.of(model), list());

    Files.writeString(state, "mine");
    assertEquals(ExitStatus.DONE, Shell.run(command(save)).status());
    assertEquals("mine", Files.readString(state), "a file that is no checkpoint");
  }

  /// A run that died between its last checkpoint and its model needs only the model.
  @Test
  void aFinishedRunIsResumedToSaveItsModel() throws Exception {
    Path model = folder.resolve("m");
    Path state = folder.resolve("state");
    Path again = folder.resolve("again");
    Shell all = Shell.run(command("--save", model.toString(), "--checkpoint", state.toString()));
    assertEquals(ExitStatus.DONE, all.status(), all::toString);
    assertTrue(
        all.out()
            .endsWith(
                "model saved to %s, checkpoint to %s, best epoch to %2$s.best\n"
                    .formatted(model, state)),
        all::toString);
    Shell rest = Shell.run(command("--resume", state.toString(), "--save", again.toString()));
    assertEquals(ExitStatus.DONE, rest.status(), rest::toString);
    assertArrayEquals(Files.readAllBytes(model), Files.readAllBytes(again));
  }

  @Test
  void aSignalBeforeTheFirstStepSavesNothingAndSaysSo() throws Exception {
    Path model = folder.resolve("model");
    Path log = folder.resolve("log");
    Files.writeString(model, "an older model");
    var killed = new AtomicInteger();
    Shell shell =
        Shell.run(
            (out, err) ->
                new Invocation(
                    out,
                    err,
                    Terminal.NONE,
                    System::nanoTime,
                    new Interruption(killed::set, i -> i.signal(15))),
            command("--save", model.toString(), "--log", log.toString()));
    assertEquals(143, shell.status(), shell::toString);
    assertEquals("interrupted before the first step; nothing was done", shell.lines().getLast());
    assertEquals("an older model", Files.readString(model));
    assertEquals("interrupted", text(log(log).getLast(), "status"));
    assertEquals(0, killed.get());
  }

  /// A report on a full disk: the model is saved, the log says both, once.
  @Test
  void aLogHasOneEndThatIsTrue() throws Exception {
    Path model = folder.resolve("model");
    Path log = folder.resolve("log");
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no /dev/full");
    Shell shell =
        Shell.run(
            command(
                "--save", model.toString(), "--log", log.toString(), "--report", full.toString()));
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertTrue(shell.out().contains("model saved to " + model + "\n"), shell::toString);
    assertFalse(shell.out().contains("report: "), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().contains("can't write /dev/full"), shell::toString);
    List<Json.Members> ends =
        log(log).stream().filter(r -> text(r, "event").equals("end")).toList();
    assertEquals(1, ends.size());
    assertEquals("failed", text(ends.getFirst(), "status"));
    assertEquals(model.toString(), text(ends.getFirst(), "model"));
    Model.load(model);
  }

  @Test
  void aModelThatCannotBeSavedIsSavedElsewhere() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    Path model = gone.resolve("model.safetensors");
    Shell shell =
        Shell.run(
            (out, err) ->
                Invocation.piped(
                    Shell.stream(
                        new Trigger(
                            out,
                            "Epoch 2/",
                            () -> {
                              if (gone.toFile().delete()) {
                                gone.toFile().deleteOnExit();
                              }
                            })),
                    err),
            command("--save", model.toString()));
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    Matcher found = Pattern.compile("the model is in (.+) instead").matcher(shell.err());
    assertTrue(found.find(), shell::toString);
    Path rescued = Path.of(found.group(1));
    Model.load(rescued);
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(rescued)));
    Files.delete(rescued);
    Files.delete(rescued.getParent());
  }

  @Test
  void checkpointFlagsThatMakeNoSenseAreRefused() {
    String state = folder.resolve("state").toString();
    String[][] wrong = {
      {"--every", "5steps", "--every needs --checkpoint FILE or --save FILE"},
      {"--checkpoint", state, "--every", "often", "such as 500steps, 2epochs or 10min"},
      {"--checkpoint", state, "--save", state, "name the same file"},
      {"--checkpoint", state, "--save", state + ".best", "name the same file"},
      {"--force", "--force needs --resume FILE"},
    };
    for (String[] words : wrong) {
      Shell shell = Shell.run(command(Arrays.copyOf(words, words.length - 1)));
      assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
      assertEquals(1, shell.err().lines().count(), shell::toString);
      assertTrue(shell.err().contains(words[words.length - 1]), shell::toString);
    }
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static String[] with(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void theReportTellsOfTheRunAndHowToRepeatIt() throws Exception {
    Path page = folder.resolve("page.html");
    String[] all = command("--report", page.toString(), "--seed", "4");
    Shell shell = Shell.run(all);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().endsWith("report: " + page + "\n"), shell::toString);
    String html = Files.readString(page);
    assertTrue(
        html.contains("<pre class=\"command\">descent " + String.join(" ", all) + "</pre>"), html);
    assertTrue(html.contains("Finished: 2 epochs in "), html);
    assertTrue(html.contains("Of 60 samples of \u2068digits\u2069"), html);
    Files.writeString(page, "mine");
    Shell refused = Shell.run(all);
    assertEquals(ExitStatus.FAILED, refused.status(), refused::toString);
    assertEquals("mine", Files.readString(page));
    assertFalse(refused.out().contains("Epoch"), refused::toString);
    assertEquals(
        ExitStatus.USAGE,
        Shell.run(command("--report", page.toString(), "--save", page.toString())).status());
  }

  @Test
  void theReportOfAnInterruptedRunSaysSo() throws Exception {
    Path page = folder.resolve("page.html");
    Shell shell =
        interruptedAt(
            "Epoch 2/",
            Terminal.NONE,
            Interruption.none(),
            command("--epochs", "9", "--report", page.toString()));
    assertEquals(130, shell.status(), shell::toString);
    String html = Files.readString(page);
    assertTrue(html.contains("<p>Interrupted after epoch 2 of 9: 2 epochs in "), html);
    assertTrue(html.contains("Of 60 samples of \u2068digits\u2069"), html);
  }

  @Test
  void theReportOfAFailedRunSaysSo() throws Exception {
    Path page = folder.resolve("page.html");
    Shell shell =
        Shell.run(
            command(
                "--loss",
                "mse",
                "--optimizer",
                "sgd",
                "--lr",
                "1e30",
                "--report",
                page.toString()));
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertTrue(Files.readString(page).contains("<p>The loss became "), shell::toString);
  }

  @Test
  void wordsAreQuotedAsAShellReadsThem() {
    assertEquals("csv:a/b_1.csv", CommandText.quoted("csv:a/b_1.csv"));
    assertEquals("'it'\\''s $HOME'", CommandText.quoted("it's $HOME"));
    assertEquals("''", CommandText.quoted(""));
  }

  @Test
  void aSignalBetweenEpochsIsSaidSo() {
    Shell shell =
        interruptedAt("Epoch 2/", Terminal.NONE, Interruption.none(), command("--epochs", "9"));
    assertEquals(130, shell.status(), shell::toString);
    assertEquals(
        "interrupted after epoch 2 of 9; no model was asked to be saved", shell.lines().getLast());
  }

  /// A run that gets SIGINT when it prints a text.
  private static Shell interruptedAt(
      String text, Terminal terminal, Interruption interruption, String... command) {
    return Shell.run(
        (out, err) ->
            new Invocation(
                Shell.stream(new Trigger(out, text, () -> interruption.signal(SIGINT))),
                err,
                terminal,
                System::nanoTime,
                interruption),
        command);
  }

  @Test
  void aSignalBeforeTrainingHasNothingToSave() {
    var killed = new AtomicInteger();
    var interruption = new Interruption(killed::set, i -> {});
    interruption.signal(15);
    assertEquals(143, killed.get());
  }

  @Test
  void whenNobodyReadsTheRunEndsUnlessItHasToSave() {
    Path model = folder.resolve("model");
    Shell alone = Shell.run((out, err) -> deaf(err), command("--epochs", "1000"));
    assertEquals(ExitStatus.NOBODY_LISTENS, alone.status());
    assertEquals("", alone.err());
    Shell saving = Shell.run((out, err) -> deaf(err), command("--save", model.toString()));
    assertEquals(ExitStatus.DONE, saving.status());
    assertEquals("", saving.err());
    Model.load(model);
  }

  @Test
  void overfittingIsSaidOnALineOfItsOwn() {
    Shell over =
        Shell.run(
            command(
                "--lr",
                "0.03",
                "--epochs",
                "40",
                "--batch",
                "5",
                "--limit",
                "40",
                "--hidden",
                "32"));
    assertEquals(ExitStatus.DONE, over.status(), over::toString);
    assertEquals(
        1,
        over.lines().stream().filter(l -> l.startsWith("warning: overfitting: ")).count(),
        over::toString);
  }

  @Test
  void aTerminalGetsARedrawnLine() {
    var clock = new AtomicLong();
    Shell shell =
        Shell.run(
            (out, err) ->
                new Invocation(out, err, new Terminal(true, 80), clock::get, Interruption.none()),
            command("--epochs", "1"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    String epoch = shell.out().substring(shell.out().indexOf("Epoch 1/1\n"));
    String[] drawn = epoch.substring(0, epoch.indexOf("\n1 epoch in")).split("\r", -1);
    // The clock stands still: only the first step, the last one and the end are drawn.
    assertEquals("Epoch 1/1\n", drawn[0]);
    assertEquals(4, drawn.length, shell::toString);
    assertTrue(drawn[1].matches("1/3 \\[=+>\\.+] - ETA .+ - accuracy: .+"), drawn[1]);
    assertTrue(drawn[2].startsWith("3/3 [==="), drawn[2]);
    assertTrue(drawn[3].contains("val_accuracy: "), drawn[3]);
    for (String line : drawn) {
      assertTrue(line.strip().length() <= 80, line);
      assertFalse(line.contains("\u001b"), line);
    }
  }

  @Test
  void aTerminalGetsAPlotOfTheLosses() {
    String plain = onTerminal(new Terminal(true, 80));
    assertTrue(plain.contains("\n\nloss by epoch"), plain);
    assertTrue(plain.contains("training") && plain.contains("validation"), plain);
    assertFalse(plain.contains("\u001b"), plain);
    assertTrue(onTerminal(new Terminal(true, 80, true)).contains("\u001b[36mtraining"), "colours");
    assertFalse(onTerminal(Terminal.NONE).contains("loss by epoch"), "a pipe");
    assertFalse(onTerminal(new Terminal(true, 20)).contains("loss by epoch"), "no room");
  }

  private String onTerminal(Terminal terminal) {
    Shell shell =
        Shell.run(
            (out, err) -> new Invocation(out, err, terminal, System::nanoTime, Interruption.none()),
            command("--epochs", "3"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    return shell.out();
  }

  @Test
  void aTerminalIsRedrawnAtMostTwentyTimesASecond() {
    var clock = new AtomicLong();
    var redrawn = new AtomicInteger();
    Shell shell =
        Shell.run(
            (out, err) ->
                new Invocation(
                    Shell.stream(new Trigger(out, "\r", redrawn::incrementAndGet)),
                    err,
                    new Terminal(true, 60),
                    () -> clock.addAndGet(Progress.REDRAW_NANOS / 2),
                    Interruption.none()),
            command("--epochs", "1", "--batch", "1"));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(redrawn.get() <= 60 / 2 + 3, () -> redrawn + " times: " + shell);
  }

  /// An invocation whose output fails, as a pipe whose reader has gone away.
  private static Invocation deaf(PrintStream err) {
    var broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    return Invocation.piped(Shell.stream(broken), err);
  }

  private Path csv(int rows) throws IOException {
    var text = new StringBuilder("label,x,y\n");
    for (int i = 0; i < rows; i++) {
      int label = i % 2;
      text.append(label).append(',').append(label - 0.5).append(',').append(i / 100.0).append('\n');
    }
    return Files.writeString(folder.resolve("data.csv"), text);
  }

  private static List<Json.Members> log(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> assertInstanceOf(Json.Members.class, Json.parse(line, "log")))
        .toList();
  }

  private static String text(Json.Members members, String name) {
    return assertInstanceOf(Json.Text.class, members.get(name), name).value();
  }

  /// Passes bytes on, and acts once whenever a text has been written.
  private static final class Trigger extends OutputStream {
    private final OutputStream out;
    private final String text;
    private final Runnable action;

    Trigger(OutputStream out, String text, Runnable action) {
      this.out = out;
      this.text = text;
      this.action = action;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      if (new String(bytes, from, length, StandardCharsets.UTF_8).contains(text)) {
        action.run();
      }
    }
  }
}
