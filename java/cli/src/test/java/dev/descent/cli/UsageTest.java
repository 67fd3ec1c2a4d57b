package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.UsageErrors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// Every way to ask wrongly gives one line on standard error, names what was asked, and has its
/// exit status.
final class UsageTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train | TASK is missing; see descent train --help",
        "trian digits | unknown command trian (did you mean train?); see descent --help",
        "train minst | TASK minst: no such task (did you mean mnist?); see descent train --help",
        "train xyzzy | TASK xyzzy: no such task; there are digits, mnist, fashion, asl, csv:FILE,"
            + " idx:DIR, npy:DIR, npz:FILE, images:DIR; see descent train --help",
        "train csv | TASK csv: a task is written csv:FILE; see descent train --help",
        "train mnist:x | TASK mnist:x: a task is written mnist; see descent train --help",
        "train digits --epoch 3 | unknown option --epoch (did you mean --epochs?); see descent train"
            + " --help",
        "train digits --epoch=3 | unknown option --epoch (did you mean --epochs?); see descent train"
            + " --help",
        "train digits --xyzzy | unknown option --xyzzy; see descent train --help",
        "train digits more | one too many: more; see descent train --help",
        "train digits --epochs | --epochs needs a value; see descent train --help",
        "train digits --epochs 0 | --epochs 0: must be a whole number, at least 1; see descent train"
            + " --help",
        "train digits --epochs 2.5 | --epochs 2.5: must be a whole number, at least 1; see descent"
            + " train --help",
        "train digits --batch -1 | --batch -1: must be a whole number, at least 1; see descent train"
            + " --help",
        "train digits --epochs 99999999999 | --epochs 99999999999: must be a whole number from 1 to"
            + " 2147483647; see descent train --help",
        "train digits --seed 99999999999999999999 | --seed 99999999999999999999: must be a whole"
            + " number from -9223372036854775808 to 9223372036854775807; see descent train --help",
        "train digits --lr 0 | --lr 0: must be a number above 0; see descent train --help",
        "train digits --lr nan | --lr nan: must be a number above 0; see descent train --help",
        "train digits --lr 1f | --lr 1f: must be a number above 0; see descent train --help",
        "train digits --lr Infinity | --lr Infinity: must be a number above 0; see descent train"
            + " --help",
        "train digits --dropout 1 | --dropout 1: must be a number of at least 0 and below 1; see"
            + " descent train --help",
        "train digits --hidden 512,,10 | --hidden 512,,10: must be widths from 1 with commas between,"
            + " such as 512,512 (or none); see descent train --help",
        "train digits --activation softmax | --activation softmax: the loss already contains the"
            + " softmax of the last layer; hidden layers take relu, tanh...; see descent train"
            + " --help",
        "train digits --optimizer adm | --optimizer adm: must be one of sgd, momentum, nesterov,"
            + " adagrad, rmsprop, adam, adamw; see descent train --help",
        "train digits --momentum 0.5 | --momentum is for --optimizer momentum and nesterov only; it"
            + " is adam; see descent train --help",
        "train digits --optimizer sgd --epsilon 1e-7 | --epsilon is for --optimizer adagrad, rmsprop, adam"
            + " and adamw only; it is sgd; see descent train --help",
        "train digits --rho 0.9 | --rho is for --optimizer rmsprop only; it is adam; see descent train"
            + " --help",
        "train digits --optimizer nesterov --beta1 0.5 | --beta1 is for --optimizer adam and adamw only;"
            + " it is nesterov; see descent train --help",
        "train digits --optimizer adagrad --beta2 0.5 | --beta2 is for --optimizer adam and adamw only;"
            + " it is adagrad; see descent train --help",
        "train digits --beta2 1 | --beta2 1: must be a number of at least 0 and below 1; see descent"
            + " train --help",
        "train digits --epsilon -1 | --epsilon -1: must be a number of at least 0; see descent train"
            + " --help",
        "train digits --weight-decay 0.5 | --weight-decay is for --optimizer adamw only; it is adam;"
            + " see descent train --help",
        "train digits --schedule step | --schedule step: must be constant, step:EVERY[,FACTOR],"
            + " exponential[:FACTOR], cosine[:WARMUP[,LAST]], or"
            + " one-cycle[:SHARE[,DIVISOR[,LAST]]]; see descent train --help",
        "train digits --schedule cosine:-1 | --schedule cosine:-1: a warm-up of -1.0 epochs; must be"
            + " >= 0; see descent train --help",
        "train digits --label 3 | --label is for csv:FILE only; the task is digits; see descent train"
            + " --help",
        "train digits --validation x | --validation is for csv:FILE only; the task is digits; see"
            + " descent train --help",
        "train csv:x --validation y --validation-split 0.5 | --validation and --validation-split"
            + " exclude each other; see descent train --help",
        "train digits --threads 1025 | --threads 1025: must be a whole number from 0 to 1024; see"
            + " descent train --help",
        "train digits --matmul mkl | --matmul mkl: must be one of own, cublas; see descent train"
            + " --help",
        "train digits --save x --log x | --save and --log name the same file, x; see descent train"
            + " --help",
        "evaluate digits | --model is missing; see descent evaluate --help",
        "export --model x | --onnx is missing; see descent export --help",
        "import --onnx x | --save is missing; see descent import --help",
        "import --weights x --save y | import takes --onnx FILE, or --model LAYERS and --weights FILE;"
            + " see descent import --help",
        "import --model 2-3 --weights x --save y --layout c | --layout c: must be one of keras,"
            + " pytorch; see descent import --help",
        "predict --model x | IMAGE is missing; see descent predict --help",
        "data | data show or data fetch?; see descent data --help",
        "data shwo | unknown command shwo (did you mean show?); see descent data --help",
        "data fetch digits | digits needs no download; there are mnist, fashion, asl; see descent"
            + " data fetch --help",
        "bench matmull | WHAT matmull: must be one of matmul, step, tune; see descent bench --help",
        "bench matmul step | one too many: step; see descent bench --help",
        "bench --batch 32,,64 | --batch 32,,64: must be a whole number from 1 to 4096; see descent"
            + " bench --help",
        "bench --square 16385 | --square 16385: must be a whole number from 1 to 16384; see descent"
            + " bench --help",
        "bench --batch 4097 | --batch 4097: must be a whole number from 1 to 4096; see descent"
            + " bench --help",
        "bench --seconds 0 | --seconds 0: must be a number above 0; see descent bench --help",
        "lesson lime | unknown command lime (did you mean line?); see descent lesson --help",
        "lesson line --lang fr | --lang fr: must be en or zh-TW; see descent lesson line --help",
      })
  void wrongUsageIsOneLineAndStatus2(String command, String message) {
    Shell shell = Shell.run(command.split(" "));
    assertEquals("descent: " + message + "\n", shell.err());
    assertEquals(ExitStatus.USAGE, shell.status());
    assertEquals("", shell.out());
  }

  @Test
  void noCommandIsWrongUsage() {
    Shell shell = Shell.run();
    assertEquals("descent: a command is missing; see descent --help\n", shell.err());
    assertEquals(ExitStatus.USAGE, shell.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "train --help",
        "evaluate --help",
        "predict --help",
        "devices --help",
        "summary --help",
        "explain --help",
        "compare --help",
        "bench --help",
        "data --help",
        "data show --help",
        "data fetch --help",
        "lesson --help",
        "lesson line -h",
        "lesson cross-entropy --help"
      })
  void helpFitsTheTerminal(String command) {
    Shell shell = Shell.run(command.split(" "));
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals("", shell.err());
    assertTrue(shell.out().startsWith("Usage: descent "), shell::toString);
    assertTrue(shell.lines().stream().allMatch(l -> l.length() <= 80), shell::toString);
    assertTrue(shell.out().chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 127)));
  }

  @Test
  void helpNamesEachCommandAndHasDefaults() {
    String help = Shell.run("--help").out();
    assertAll(
        Stream.of(
                "train",
                "evaluate",
                "predict",
                "compare",
                "devices",
                "summary",
                "explain",
                "bench",
                "data",
                "lesson")
            .map(command -> () -> assertTrue(help.contains("\n  " + command + " "), command)));
    String train = Shell.run("train", "--help").out();
    assertTrue(train.contains("Default: 128"), train);
    assertTrue(train.contains("Default: auto"), train);
    assertTrue(!train.contains("DEFAULT-VALUE"), train);
  }

  @Test
  void versionIsFilledIn() {
    Shell shell = Shell.run("--version");
    assertEquals(ExitStatus.DONE, shell.status());
    assertTrue(shell.out().matches("descent \\d+\\.\\d+\\S* \\(Java 25\\S*, .+\\)\n"), shell.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"xyzzy", "xyzzy:1", "reference:x", "reference:-1"})
  void unknownBackendIsStatus3(String backend) {
    Shell shell = Shell.run("train", "digits", "--limit", "10", "--backend", backend);
    assertOneLine(shell, ExitStatus.BACKEND_UNAVAILABLE, backend.split(":", 2)[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference", "native", "opencl"})
  void whatOnlyCudaHasIsStatus3(String backend) {
    for (String command : List.of("train digits", "bench matmul", "explain digits")) {
      String[] args = (command + " --matmul cublas --backend " + backend).split(" ");
      Shell shell = Shell.run(args);
      assertOneLine(
          shell,
          ExitStatus.BACKEND_UNAVAILABLE,
          "backend " + backend + " multiplies with its own kernels, not with cublas");
      assertEquals("", shell.out());
    }
  }

  @Test
  void missingDataAreStatus4() {
    String nowhere = folder.resolve("nowhere").toString();
    for (String task : List.of("mnist", "fashion", "asl", "idx:" + nowhere, "csv:" + nowhere)) {
      Shell shell = Shell.run("data", "show", task, "--data", nowhere);
      assertOneLine(shell, ExitStatus.DATA, nowhere);
    }
  }

  @Test
  void malformedModelIsStatus4() throws Exception {
    Path model = folder.resolve("model");
    Files.writeString(model, "this is no model at all");
    assertOneLine(
        Shell.run("evaluate", "--model", model.toString(), "digits"), ExitStatus.DATA, "model");
    assertOneLine(
        Shell.run("predict", "--model", folder.resolve("no").toString(), "x.png"),
        ExitStatus.DATA,
        folder.resolve("no").toString());
  }

  @Test
  void unwritableOutputIsToldBeforeAnythingRuns() throws Exception {
    String there = folder.resolve("none").resolve("file").toString();
    for (String flag : List.of("--save", "--log")) {
      Shell shell = Shell.run("train", "digits", flag, there);
      assertOneLine(shell, ExitStatus.FAILED, there);
      assertEquals("", shell.out());
      assertOneLine(
          Shell.run("train", "digits", flag, folder.toString()),
          ExitStatus.FAILED,
          folder.toString());
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void aFileThatIsNoLogStaysAsItIs() throws Exception {
    Path file = folder.resolve("thesis.txt");
    Files.writeString(file, "years of work");
    Shell shell = Shell.run("train", "digits", "--limit", "10", "--log", file.toString());
    assertOneLine(shell, ExitStatus.FAILED, "thesis.txt exists and is no log");
    assertEquals("years of work", Files.readString(file));
  }

  @Test
  void anUnexpectedFailureIsOneLineToo() {
    assertEquals(
        "internal error, a bug in descent: java.lang.NullPointerException: x; DESCENT_DEBUG=1 shows"
            + " where, please report it",
        Failures.describe(new NullPointerException("x")));
    assertTrue(
        Failures.describe(new OutOfMemoryError("Java heap space"))
            .startsWith("not enough memory:"));
    assertEquals(ExitStatus.FAILED, Failures.status(new OutOfMemoryError()));
    assertEquals("a b", UsageErrors.oneLine(" a\n  b\r\n"));
  }

  private static void assertOneLine(Shell shell, int status, String part) {
    assertEquals(status, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertTrue(shell.err().startsWith("descent: "), shell::toString);
    assertTrue(shell.err().contains(part), shell::toString);
  }

  @Test
  void eachCommandIsMadeAloneByItsName() {
    Invocation invocation = Invocation.piped(System.out, System.err);
    Map<String, CommandLine> all = Commands.of(invocation).getSubcommands();
    assertEquals(all.keySet(), Commands.of(invocation, "--help").getSubcommands().keySet());
    assertEquals(all.keySet(), Commands.of(invocation, "trian").getSubcommands().keySet());
    all.forEach((name, command) -> {
      Map<String, CommandLine> own = Commands.of(invocation, name).getSubcommands();
      assertEquals(Set.of(name), own.keySet());
      assertEquals(name, command.getCommandSpec().name());
      assertEquals(command.getSubcommands().keySet(), own.get(name).getSubcommands().keySet());
      assertEquals(command.getUsageMessage(), own.get(name).getUsageMessage());
    });
  }
}
