package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.descent.cli.AdviceInSources.Message;
import dev.descent.cli.shell.Invocation;
import dev.descent.data.read.Numpy;
import dev.descent.data.read.NumpyArray;
import dev.descent.format.Safetensors;
import dev.descent.model.Model;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/// Follows the advice of every message that gives one: a command line provokes the message, the
/// advice is taken out of what it says, and the command line that follows it must then work. A
/// message of the sources with advice that no command line here provokes is a failure, as is an
/// option in it that none here has followed.
final class AdviceTest {
  /// What makes a training run short.
  private static final String QUICK = " --backend reference --hidden 4 --epochs 1 --batch 8";

  /// Advice that can't be followed here, by a part of its text, and why.
  private static final Map<String, String> NOT_HERE = new LinkedHashMap<>();

  static {
    String gpu = "needs a GPU of NVIDIA";
    NOT_HERE.put("cuda:", gpu);
    NOT_HERE.put("NVIDIA driver", gpu);
    String install = "installs a driver: ci/test-opencl-devices runs with and without one";
    NOT_HERE.put("no OpenCL loader", install);
    NOT_HERE.put("found the OpenCL loader, but no driver", install);
    NOT_HERE.put("opencl: the program needs", "needs a program larger than the device's memory");
    NOT_HERE.put(
        "no library on the class path; add", "is about a build with Maven: examples/check");
    NOT_HERE.put("products by %s with --precision", "tells what a processor has that others lack");
    NOT_HERE.put("products with --precision bf16", "tells what a processor has that others lack");
    NOT_HERE.put("start java with --enable-native-access", "needs the library of another module");
    NOT_HERE.put("this user has no home folder; set", "comes with a library that can't be loaded");
    NOT_HERE.put("descent lesson %s [OPTIONS]", "is a line of a help");
    NOT_HERE.put("checkpoint in %s (to go on", "comes after a failure of a device");
    String letters = "needs file names that Java can't have here: HomelessTest";
    NOT_HERE.put("letters that the encoding of names", letters);
    NOT_HERE.put("the encoding of names is", letters);
    NOT_HERE.put("descent bench tune --backend opencl", "says in a file where it came from");
    NOT_HERE.put("the ceiling is too low", "comes when the machine is busy while it is measured");
    NOT_HERE.put("unpack it by hand", "takes a quarter of a gigabyte on the disk");
    NOT_HERE.put("is an image of unknown size", "is followed in the program that wrote the file");
    NOT_HERE.put("more than Java may use; raise -Xmx", "needs an ONNX file of many megabytes");
    String java = "reaches programs in Java alone";
    NOT_HERE.put("replace it or leave the row out", java);
    NOT_HERE.put("make another predictor for them", java);
    NOT_HERE.put("put a flatten layer before it", java);
    NOT_HERE.put("Layers, as --model takes them", "is followed by LayersCommandsTest");
    String failure = "says why a file can't be used, which the user knows";
    NOT_HERE.put("can't write --log", failure);
    NOT_HERE.put("can't read --log", failure);
  }

  @TempDir private static Path folder;

  /// What commands have said, and the words of those that followed it.
  private record Said(String text, Set<String> words) {}

  private final List<Said> said = new ArrayList<>();

  @TestFactory
  List<DynamicTest> adviceIsFollowed() {
    return List.of(
        dynamicTest("helps", this::helps),
        dynamicTest("files without their kind", this::unnamedKinds),
        dynamicTest("values of options", this::values),
        dynamicTest("options that do not go together", this::options),
        dynamicTest("files of a run", this::files),
        dynamicTest("runs that go on", this::resumption),
        dynamicTest("runs that begin with a trained model", this::starts),
        dynamicTest("tables", this::tables),
        dynamicTest("kinds of files", this::kinds),
        dynamicTest("arrays, IDX and pictures", this::samples),
        dynamicTest("predictions and models of others", this::models),
        dynamicTest("data sets that are known", this::known),
        dynamicTest("memory", this::memory),
        dynamicTest("the virtual machine and its environment", this::environment),
        dynamicTest("every message of the sources", this::everyMessage));
  }

  // --- following

  /// Runs a command that is refused or warned, and follows the advice. In commands `@` stands for
  /// the folder of the test, and a word in quotes may hold blanks.
  ///
  /// @param advice a pattern that its output must have; what groups have found is `$1`...
  /// @param steps how the next command comes of this one: `+ WORDS` adds words at its end, `- OPTION`
  ///     leaves out an option and its value, `^ WORDS` adds words before the command, `> WORDS` is
  ///     another command
  private String follow(String command, String advice, String... steps) {
    return follow(true, command, advice, steps);
  }

  /// The same where the next command may fail for another reason.
  private String pass(String command, String advice, String... steps) {
    return follow(false, command, advice, steps);
  }

  private String follow(boolean works, String command, String advice, String... steps) {
    List<String> words = words(command);
    Result first = run(words);
    List<String> next = next(words, found(command, advice, first), steps);
    Result second = run(next);
    judge(works, advice, words, first, next, second);
    return second.text();
  }

  private static Matcher found(String command, String advice, Result result) {
    Matcher found = Pattern.compile(advice).matcher(result.text());
    assertTrue(found.find(), () -> command + "\nadvises no " + advice + "\n" + result);
    return found;
  }

  private static List<String> next(List<String> words, Matcher found, String... steps) {
    List<String> next = new ArrayList<>(words);
    for (String step : steps) {
      List<String> more = words(expanded(step.substring(1).strip(), found));
      switch (step.charAt(0)) {
        case '+' -> next.addAll(more);
        case '-' -> more.forEach(option -> leaveOut(next, option));
        case '>' -> {
          next.clear();
          next.addAll(more.getFirst().equals("descent") ? more.subList(1, more.size()) : more);
        }
        default -> fail("no such step: " + step);
      }
    }
    return next;
  }

  private void judge(
      boolean works,
      String advice,
      List<String> words,
      Result first,
      List<String> next,
      Result second) {
    String both = String.join(" ", words) + "\n" + first + String.join(" ", next) + "\n" + second;
    if (works) {
      assertEquals(0, second.status(), both);
    }
    assertFalse(Pattern.compile(advice).matcher(second.text()).find(), both);
    assertFalse(second.text().contains("internal error"), both);
    Set<String> all = new LinkedHashSet<>(words);
    all.addAll(next);
    said.add(new Said(first.text(), all));
  }

  private static String expanded(String step, Matcher found) {
    String text = step;
    for (int i = found.groupCount(); i > 0; i--) {
      text = text.replace("$" + i, found.group(i) == null ? "" : found.group(i));
    }
    return text;
  }

  private static List<String> words(String command) {
    return Pattern.compile("'([^']*)'|[^\\s']+('[^']*')?")
        .matcher(command)
        .results()
        .map(word -> word.group(1) == null ? word.group() : word.group(1))
        .map(word -> word.replace("'", "").replace("@", folder + "/"))
        .toList();
  }

  private static void leaveOut(List<String> words, String option) {
    int at = words.indexOf(option);
    assertTrue(at >= 0, () -> option + " is not in " + words);
    words.remove(at);
    if (at < words.size() && !words.get(at).startsWith("--")) {
      words.remove(at);
    }
  }

  private record Result(int status, String text) {
    @Override
    public String toString() {
      return "status " + status + "\n" + text;
    }
  }

  private static Result run(List<String> words) {
    Shell shell = Shell.run(words.toArray(String[]::new));
    return new Result(shell.status(), shell.out() + shell.err());
  }

  /// Advice on how Java is started, or on its environment.
  ///
  /// @param works whether the next command must succeed
  /// @param settings added for the next command: options of Java, or variables
  /// @param steps how the next command comes of this one
  private record InJava(
      boolean works, String command, String advice, String settings, String... steps) {}

  /// Runs commands in a virtual machine of their own, and those that follow the advice in others,
  /// as many as there are different settings.
  private void followInJava(String settings, InJava... cases) throws Exception {
    List<List<String>> commands = Stream.of(cases).map(one -> words(one.command)).toList();
    List<Result> first = java(words(settings), commands);
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    List<List<String>> next = new ArrayList<>();
    for (int i = 0; i < cases.length; i++) {
      Matcher found = found(settings + " " + cases[i].command, cases[i].advice, first.get(i));
      String more = expanded(cases[i].settings, found);
      groups.computeIfAbsent(more, _ -> new ArrayList<>()).add(i);
      next.add(next(commands.get(i), found, cases[i].steps));
    }
    for (Map.Entry<String, List<Integer>> group : groups.entrySet()) {
      List<String> all = words(settings + " " + group.getKey());
      List<Integer> members = group.getValue();
      List<Result> second = java(all, members.stream().map(next::get).toList());
      for (int i = 0; i < members.size(); i++) {
        InJava one = cases[members.get(i)];
        List<String> words = new ArrayList<>(all.stream().map(AdviceTest::optionOnly).toList());
        words.addAll(commands.get(members.get(i)));
        judge(
            one.works,
            one.advice,
            words,
            first.get(members.get(i)),
            next.get(members.get(i)),
            second.get(i));
      }
    }
  }

  /// `-Xmx` of `-Xmx24m`.
  private static String optionOnly(String setting) {
    return setting.replaceFirst("^(-X[a-z]+).*", "$1");
  }

  private static boolean isVariable(String setting) {
    return setting.matches("[A-Z_]+=.*");
  }

  /// Runs commands one after the other in a virtual machine.
  ///
  /// @param settings options of Java, and variables (`NAME=VALUE`; without a value it is unset)
  private static List<Result> java(List<String> settings, List<List<String>> commands)
      throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx400m"));
    line.addAll(settings.stream().filter(word -> !isVariable(word)).toList());
    line.addAll(
        List.of("-cp", System.getProperty("java.class.path"), SeveralCommands.class.getName()));
    line.addAll(SeveralCommands.arguments(commands));
    var process = new ProcessBuilder(line).redirectErrorStream(true).directory(folder.toFile());
    for (String setting : settings.stream().filter(AdviceTest::isVariable).toList()) {
      String[] parts = setting.split("=", 2);
      process.environment().remove(parts[0]);
      if (!parts[1].isEmpty()) {
        process.environment().put(parts[0], parts[1]);
      }
    }
    Process started = process.start();
    started.getOutputStream().close();
    String text = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, started.waitFor(), text);
    List<String> parts = SeveralCommands.parts(text);
    assertEquals(commands.size() + 1, parts.size(), text);
    List<Result> results = new ArrayList<>();
    String said = parts.getFirst();
    for (String part : parts.subList(1, parts.size())) {
      int end = part.indexOf('\n');
      results.add(new Result(Integer.parseInt(part.substring(0, end)), said));
      said = part.substring(end + 1);
    }
    return results;
  }

  // --- the help and the values of options

  private static CommandLine commands() {
    PrintStream none =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Commands.of(Invocation.piped(none, none));
  }

  private static void walk(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(inner -> walk(inner, all));
  }

  private static List<CommandLine> all() {
    List<CommandLine> all = new ArrayList<>();
    walk(commands(), all);
    return all;
  }

  private void helps() {
    for (CommandLine command : all()) {
      String name = command.getCommandSpec().qualifiedName();
      follow(name.replaceFirst("^descent ?", "") + " --xyzzy", "see (descent .*--help)$", "> $1");
    }
    follow(
        "train digits --limit 20 --epoch 1" + QUICK,
        "did you mean (--epochs)\\?",
        "- --epoch",
        "+ $1 1");
    follow("sumary digits", "did you mean (summary)\\?", "> $1 --backend reference digits");
    follow(
        "summary --backend reference digitss",
        "did you mean (digits)\\?",
        "> summary --backend reference $1");
  }

  /// Files and folders that are named without saying of what kind they are.
  private void unnamedKinds() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    arrays("both.npz");
    picture("kinds/a/1.png", 8);
    picture("kinds/b/1.png", 8);
    for (String name : List.of("two.csv", "both.npz", "kinds")) {
      follow(
          "summary --backend reference @" + name,
          "did you mean (\\w+:\\S+)\\?",
          "> summary --backend reference $1");
    }
  }

  /// What refusals of a value say would do, by the pattern of the message.
  private static final Map<String, List<String>> VALUES = new LinkedHashMap<>();

  static {
    VALUES.put("must be a whole number, at least (-?\\d+)", List.of("$1", "1000"));
    VALUES.put("must be a whole number from (-?\\d+) to (\\d+)", List.of("$1", "$2"));
    VALUES.put("must be a number above 0 and up to 1", List.of("0.001", "1"));
    VALUES.put("must be a number from (\\d+) to (\\d+)", List.of("$1", "$2"));
    VALUES.put("must be a number above 0$", List.of("0.001", "3e4"));
    VALUES.put("must be a number of at least 0 and below 1", List.of("0", "0.999"));
    VALUES.put("must be a number of at least 0", List.of("0", "2.5"));
    VALUES.put("such as (512,512) \\(or (none)\\)", List.of("$1", "$2", "1"));
    VALUES.put("or names with commas between, such as (\\S+)$", List.of("$1", "3"));
    VALUES.put("such as '(;)', or (tab)", List.of("$1", "$2"));
    VALUES.put("must be (\\S+), (\\S+), (\\S+) or a number$", List.of("$1", "$2", "$3", "1.5"));
    VALUES.put(
        "must be (precision), (recall), (f1) or (auc), with (:)CLASS for one class, or (top5), say",
        List.of("$1", "$2", "$3", "$4", "$1$5x", "$4$5x", "$6"));
    VALUES.put(
        "must be (\\w+), (\\w+), (\\w+), (\\w+), or (val_) with (precision), (recall), (f1) or (auc), and"
            + " (:)CLASS for one class, or (top5), say",
        List.of("$1", "$2", "$3", "$4", "$5$6", "$5$7$10x", "$5$8", "$5$9", "$5$11"));
    VALUES.put("such as (\\w+), (\\w+) or (\\w+)$", List.of("$1", "$2", "$3"));
    VALUES.put(
        "must be (balanced), a number for each class \\((.*)\\), or numbers by name \\((.*)\\)",
        List.of("$1", "$2", "$3"));
    VALUES.put(
        "must be (constant), (step:)EVERY\\[(,)FACTOR\\], (exponential)\\[(:)FACTOR\\],"
            + " (cosine)\\[(:)WARMUP\\[(,)LAST\\]\\]",
        List.of("$1", "$22", "$22$30.5", "$4", "$4$50.5", "$6", "$6$71", "$6$71$80.1"));
    VALUES.put("must be backends with commas between: (.*)", List.of("$1"));
    VALUES.put(
        "there are (digits), (mnist), (fashion), (asl), (csv:)FILE, (idx:)DIR, (npy:)DIR, (npz:)FILE,"
            + " (images:)DIR",
        List.of("$1", "$2", "$3", "$4", "$5x", "$6x", "$7x", "$8x", "$9x"));
  }

  /// Each option refuses what it can't take with what it can.
  private void values() {
    int refusals = 0;
    for (CommandLine command : all()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        refusals += values(option.longestName(), option.converters());
      }
      for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
        refusals += values(parameter.paramLabel(), parameter.converters());
      }
    }
    assertTrue(refusals > 50, "only " + refusals + " refusals");
  }

  private int values(String name, ITypeConverter<?>[] converters) {
    if (converters.length == 0) {
      return 0;
    }
    String message;
    try {
      converters[0].convert("\u00a7~,/");
      return 0;
    } catch (TypeConversionException e) {
      message = e.getMessage();
    } catch (Exception e) {
      return fail(name, e);
    }
    List<String> advised = new ArrayList<>();
    Matcher list =
        Pattern.compile(
                "(?:must be|there are) (?:one of )?([\\w-]+(?:, [\\w-]+)*(?: or [\\w-]+)?)$")
            .matcher(message);
    if (list.find()) {
      advised.addAll(Arrays.asList(list.group(1).split(", | or ")));
    }
    for (Map.Entry<String, List<String>> form : VALUES.entrySet()) {
      Matcher found = Pattern.compile(form.getKey()).matcher(message);
      if (advised.isEmpty() && found.find()) {
        form.getValue().forEach(value -> advised.add(expanded(value, found)));
      }
    }
    // No layer of Descent's: a test that may have run before registers it.
    advised.remove(LayerOfYourOwnTest.TYPE);
    assertFalse(advised.isEmpty(), () -> name + " refuses without advice: " + message);
    said.add(new Said(message, Set.of()));
    // A layer is not a network: it goes behind another.
    String before = message.contains("no layer is called") ? "flatten, " : "";
    for (String value : advised) {
      try {
        converters[0].convert(before + value);
      } catch (Exception e) {
        // A layer that needs words behind its name.
        if (!e.getMessage().contains("; write " + value)) {
          fail(name + " says " + message + ", and refuses " + value, e);
        }
      }
    }
    return 1;
  }

  // --- options

  private void options() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    table("three.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 3, i % 3 + i, 30 - i));
    String digits = "train digits --limit 20" + QUICK;
    String two = "train csv:@two.csv" + QUICK;
    for (String option :
        List.of(
            "--label 0",
            "--target 1",
            "--drop 1",
            "--category 1",
            "--missing mean",
            "--standardize",
            "--delimiter tab",
            "--decimal comma",
            "--header no",
            "--validation x")) {
      follow(digits + " " + option, "(--\\w+) is for csv:FILE only", "- $1");
    }
    follow(digits + " --validation-split 0.5", "(--[\\w-]+) is for csv:FILE, npz:FILE", "- $1");
    follow(digits + " --split 0.5", "(--[\\w-]+) is for csv:FILE, npz:FILE", "- $1");
    follow(two + " --augment", "(--augment), (--rotate) and the like are for pictures", "- $1");
    follow(two + " --rotate 5", "(--augment), (--rotate) and the like are for pictures", "- $2");
    follow(digits + " --size 8x8", "(--\\w+) is for images:DIR only", "- $1");
    follow(digits + " --colour", "(--\\w+) is for images:DIR only", "- $1");
    follow(digits + " --transpose", "(--\\w+) is for idx:DIR only", "- $1");
    follow(two + " --label a --target b", "--label and (--target) exclude", "- $1");
    follow(two + " --label label --target b", "(--label) and --target exclude", "- $1");
    follow(
        two + " --delimiter , --decimal ,",
        "(--decimal) and (--delimiter) can't be the same",
        "- $1");
    follow(
        two + " --size 9 ",
        "--size must be WIDTHxHEIGHT, as (64x64)",
        "> descent summary --backend reference digits");
    follow(
        two + " --split 0.5 --validation x",
        "(--split) excludes (--validation) and --validation-split",
        "- $2");
    follow(
        two + " --split 0.5 --validation-split 0.2",
        "--split excludes --validation and (--validation-split)",
        "- $1");
    follow(
        two + " --validation @two.csv --validation-split 0.5",
        "(--validation) and (--validation-split) exclude",
        "- $2");
    String split = "(--split) 3: must be .* below 1, shares such as (\\S+), or a file";
    follow(two + " --split 3", split, "- $1", "+ $1 0.5");
    follow(two + " --split 3", split, "- $1", "+ $1 $2");
    follow(two + " --split 3", split, "- $1", "+ $1 @two.csv");
    follow(
        digits + " --batch 4,8",
        "--batch takes several numbers for `descent (compare)` only",
        "> $1 digits --limit 20 --hidden 4 --epochs 1 --backends reference --batch 4,8");
    follow(
        digits + " --hidden 4/8",
        "--hidden takes several models for `descent (compare)` only",
        "> $1 digits --limit 20 --epochs 1 --backends reference --hidden 4/8");
    follow(digits + " --momentum 0.5", "is for (--optimizer) (\\w+) and (\\w+) only", "+ $1 $2");
    follow(
        digits + " --rho 0.5 --optimizer sgd", "(--rho) is for --optimizer rmsprop only", "- $1");
    follow(
        "summary digits --backend reference --limit 4 --model mnist-cnn --dropout 0.5",
        "--model mnist-cnn says all of the layers: leave out (--dropout)",
        "- $1");
    follow(
        "train csv:@two.csv --backend reference --epochs 1 --model mnist-cnn",
        "(--model) mnist-cnn: takes images",
        "- $1");
    follow(
        two + " --target b --loss softmax",
        "(--loss) softmax needs classes; leave it out where there is a --target",
        "- $1");
    follow(
        two + " --validation-split 0 --metrics f1",
        "(--metrics) \\S+ needs validation data with classes",
        "- --validation-split");
    follow(
        two + " --validation-split 0 --monitor val_f1",
        "(--monitor) val_\\S+ needs validation data with classes",
        "- $1");
    follow(
        two + " --validation-split 0 --monitor val_loss",
        "(--monitor) val_loss needs validation data",
        "- --validation-split");
    follow(
        two + " --metrics recall:x",
        "--metrics recall:x: there is no such class; there are 0, (1)",
        "- --metrics",
        "+ --metrics recall:$1");
    follow(
        two + " --class-weights 1,2,3",
        "(--class-weights) has 3 numbers; there are 2",
        "- $1",
        "+ $1 1,2");
    follow(
        two + " --class-weights x=3",
        "(--class-weights) x=3: there is no such class; there are 0, (1)",
        "- $1",
        "+ $1 $2=3");
    follow(
        two + " --target b --class-weights balanced", "(--class-weights) is for classes", "- $1");
    String explain = "explain digits --limit 20 --hidden 4 --backend reference --profile";
    follow(explain, "leave out (--profile)", "- $1");
    String compare = "compare digits --backends reference --limit 20 --hidden 4 --epochs 1";
    follow(
        compare + " --report @same --log @same",
        "(--report) and (--log) name the same file",
        "- $1",
        "+ $1 @other.html");
    String bench = "bench --square 2 --batch 1 --seconds 0.001 --backend reference ";
    follow(bench + "matmul --out @x", "(--out) is for tune", "- $1");
    follow(
        "bench matmul --backend reference --batch 1 --seconds 0.001 --model 'dense 4'",
        "(--model) is for step: (bench step) --model M",
        "> $2 --backend reference --batch 1 --seconds 0.001 $1 'dense 4 relu'");
    String summary = "summary digits --backend reference ";
    follow(
        summary + "--model '9x: flatten'",
        "is no shape of a sample; write (28x28x1:) or (784:)",
        "> " + summary + "--model '$1 flatten'");
    follow(
        summary + "--model '9x: flatten'",
        "is no shape of a sample; write (28x28x1:) or (784:)",
        "> " + summary + "--model '$2 dense 4 relu'");
    follow(
        summary + "--model 'flatten, dense 3'",
        "ends in .*: leave it out, and the last layer is added",
        "> " + summary + "--model flatten");
    pass(
        "bench tune --backend reference --log @x",
        "(--log) is not for tune.*see (--out)",
        "- $1",
        "+ $2 @x");
    follow(
        "data fetch digits",
        "digits needs no download",
        "> descent summary --backend reference digits");
  }

  /// A table of twelve rows and as many again.
  private static Path table(String name, String header, IntFunction<String> row)
      throws IOException {
    List<String> lines = new ArrayList<>();
    if (!header.isEmpty()) {
      lines.add(header);
    }
    IntStream.range(0, 24).mapToObj(row).forEach(lines::add);
    return Files.write(folder.resolve(name), lines);
  }

  // --- files of a run

  private void files() throws IOException {
    String digits = "train digits --limit 20" + QUICK;
    write("mine.txt", "my own");
    follow(
        digits + " --log @mine.txt",
        "(--log) \\S+ exists and is no log; move it away or choose another name",
        "- $1",
        "+ $1 @log.jsonl");
    moveAway("mine.txt");
    write("page.html", "my own");
    follow(
        digits + " --report @page.html",
        "exists and is not ours to overwrite; .*choose another (name)",
        "- --report",
        "+ --report @another-$1.html");
    write("epochs.csv", "my own");
    follow(
        digits + " --csv @epochs.csv",
        "exists and is no log of epochs; move it away or choose another name",
        "- --csv",
        "+ --csv @other.csv");
    assertEquals(0, run(words(digits + " --tensorboard @board")).status());
    follow(
        digits + " --tensorboard @board",
        "move it away or choose another folder",
        "- --tensorboard",
        "+ --tensorboard @board2");
    follow(
        digits + " --every 1epochs",
        "--every needs (--checkpoint) FILE or --save FILE",
        "+ $1 @every.st");
    follow(
        digits + " --every 1epochs",
        "--every needs --checkpoint FILE or (--save) FILE",
        "+ $1 @e.st");
    follow(
        digits + " --checkpoint @run.st --save @run.best.st",
        "(--save) and the best epoch of (--checkpoint) name the same file",
        "- $1",
        "+ $1 @model.st");
    follow(
        digits + " --lr 1e30 --optimizer sgd",
        "a (lower) learning rate may help",
        "- --lr",
        "+ --lr 0.01");
  }

  private static Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static void moveAway(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.move(file, folder.resolve(name + ".away"), StandardCopyOption.REPLACE_EXISTING);
  }

  /// Runs a command, moves a file away, as the message says, and runs it again.
  private void afterMovingAway(String file, String command, String advice) throws IOException {
    afterChange(command, advice, () -> moveAway(file));
  }

  /// A change of files.
  private interface Change {
    void make() throws IOException;
  }

  /// Runs a command, does what it advises, and runs it again.
  ///
  /// @param followed words of the commands by which the change is made
  private void afterChange(String command, String advice, Change change, String... followed)
      throws IOException {
    Result first = run(words(command));
    assertTrue(Pattern.compile(advice).matcher(first.text()).find(), first::toString);
    change.make();
    Result second = run(words(command));
    assertEquals(0, second.status(), () -> first + "\n" + second);
    Set<String> all = new LinkedHashSet<>(words(command));
    all.addAll(List.of(followed));
    said.add(new Said(first.text(), all));
  }

  private void resumption() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    table("swapped.csv", "label,a,b", i -> "%d,%d,%d".formatted(1 - i % 2, i % 2 + i, 30 - i));
    String more = " --backend reference --hidden 4 --batch 8 --epochs ";
    String run = "train csv:@two.csv" + more;
    assertEquals(0, run(words(run + "2 --checkpoint @state")).status());
    follow(run + "2 --resume @state", "say (--epochs) with more", "- $1", "+ $1 3");
    follow(
        "train csv:@swapped.csv" + more + "3 --resume @state",
        "differ; (--force) goes on all the same",
        "+ $1");
    assertEquals(0, run(words(run + "2 --split 0.7,0.3 --checkpoint @shares")).status());
    follow(
        run + "3 --resume @shares --split 0.5,0.5",
        "(--resume) \\S+: that run had the split (\\S+), not",
        "- --split",
        "+ --split $2");
    follow(run + "3 --force", "--force needs (--resume) FILE", "+ $1 @state");
    follow(
        run + "3 --resume @state --seed 7",
        "(--resume) \\S+: that run had seed (\\d+), not seed 7",
        "- --seed",
        "+ --seed $2");
    follow(
        run + "3 --resume @state --limit 5",
        "(--resume) \\S+: that run had 19 samples.*; here are",
        "- --limit");
    follow(
        "train digits --limit 20" + more + "3 --resume @state",
        "that run learned (csv), not digits",
        "> " + run + "3 --resume @state");
    // A run that diverges says how to go on.
    String wild = "train csv:@two.csv --target b --backend reference --hidden none --epochs 300 ";
    follow(
        wild + "--checkpoint @wild --optimizer sgd --lr 3",
        "\\(to go on: (--resume \\S+ --lr [^)]+)\\)",
        "> " + wild + "$1");
  }

  /// Runs that begin with a trained model.
  private void starts() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    table("three.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 3, i % 3 + i, 30 - i));
    String run = " --backend reference --epochs 1 --batch 8";
    assertEquals(
        0,
        run(words("train csv:@two.csv --hidden 4" + run + " --save @base --checkpoint @base.cp"))
            .status());
    String two = "train csv:@two.csv" + run;
    follow(two + " --freeze 1", "--freeze needs (--from) FILE", "+ $1 @base");
    follow(
        two + " --from @base --freeze 9",
        "(--freeze) 9: the layers with weights are (\\w+)",
        "- $1",
        "+ $1 $2");
    follow(
        "train csv:@three.csv" + run + " --from @base --freeze 2",
        "(--freeze) \\S+: this layer is new",
        "- $1",
        "+ $1 1");
    follow(two + " --from @base --freeze nothing", "(--freeze): .*", "- $1", "+ $1 dense1");
    follow(
        two + " --from @base --hidden 8",
        "(--from) FILE says all of the layers: leave out (--hidden)",
        "- $2");
    follow(
        "train digits --limit 20" + run + " --from @base",
        "(--from) \\S+: the model takes rows of",
        "- $1");
    follow(
        two.replace("epochs 1", "epochs 2") + " --resume @base.cp --from @base",
        "(--resume) goes on with the model .*: leave out (--from)",
        "- $2");
  }

  // --- tables

  private void tables() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    String quick = QUICK + " --save @table.st";
    table("one.csv", "label,a,kind", i -> "7,%d,%s".formatted(i, i % 2 == 0 ? "x" : "y"));
    String other = "; (--label) names another column, (--target) one of numbers to predict";
    follow("train csv:@one.csv" + QUICK, other, "+ $1 kind");
    follow("train csv:@one.csv" + QUICK, other, "+ $2 a");
    table("single.csv", "label,a,b", i -> (i == 5 ? 9 : i % 2) + ",%d,%d".formatted(i, 2 * i));
    follow(
        "train csv:@single.csv" + QUICK,
        "validate on with (--split) FILE",
        "+ $1 @two.csv",
        "> train csv:@two.csv" + QUICK + " $1 @two.csv");
    write("few.csv", "label,a\n0,1\n0,2\n1,3\n1,4\n1,5\n2,6\n2,7\n2,8\n");
    for (String lack :
        List.of(
            "no sample to train on, only to validate or test on", "a single sample to train on")) {
      follow(
          "train csv:@few.csv --limit 3" + QUICK,
          lack + "; add samples",
          "> train csv:@two.csv" + QUICK);
    }
    follow(
        "train csv:@one.csv --target label" + QUICK,
        "all rows have the same target, so there is nothing to learn; (--target) names another",
        "- $1",
        "+ $1 a");
    table("constant.csv", "label,a,b", i -> "%d,%d,3".formatted(i % 2, i));
    follow("train csv:@constant.csv" + QUICK, "; (--drop b) leaves it out", "+ $1");
    table("blank.csv", "label,a,the b", i -> "%d,%d,3".formatted(i % 2, i));
    follow("train csv:@blank.csv" + QUICK, "; (--drop 'the b') leaves it out", "+ $1");
    table("far.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i, 10000 * i + 7));
    follow(
        "train csv:@far.csv --no-standardize" + QUICK,
        "; (--standardize) brings all columns to one",
        "- --no-standardize",
        "+ $1");
    table("marked.csv", "label,a,b", i -> "%d,%d,%d%%".formatted(i % 2, i, i % 4));
    follow("train csv:@marked.csv" + QUICK, "or say (--category b) to tell them apart", "+ $1");
    // One column of numbers with a point makes the point the mark of decimals.
    table("comma.csv", "label;a;b", i -> i % 2 + ";%d,%d;%d".formatted(i, i % 7, i));
    List<String> comma = new ArrayList<>(Files.readAllLines(folder.resolve("comma.csv")));
    comma.set(5, "1;3,5;1.5");
    Files.write(folder.resolve("comma.csv"), comma);
    follow(
        "train csv:@comma.csv --drop b" + QUICK,
        "say (--decimal comma) if a comma is before",
        "+ $1");
    afterChange(
        "train csv:@marked.csv" + QUICK,
        "write them plainly, such as -1234.5",
        () -> table("marked.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i, i)));
    table("texts.csv", "a,b,kind", i -> "%d,%d,%s".formatted(i % 3, i, i % 2 == 0 ? "x" : "y"));
    follow(
        "train csv:@texts.csv" + QUICK,
        "the labels are in column 'kind', .*; (--label) names another",
        "+ $1 a");
    table("value.csv", "price,size,rooms", i -> "%d.5,%d,%d".formatted(i, 3 * i, i % 4));
    String looks = "name the label's column with (--label), or with (--target) for numbers";
    follow("train csv:@value.csv" + QUICK, looks, "+ $1 rooms");
    follow("train csv:@value.csv" + QUICK, looks, "+ $2 price");
    table("bare.csv", "", i -> "%d,%d,%d".formatted(i % 2, i, 7 - i));
    follow(
        "train csv:@bare.csv --label kind" + QUICK,
        "give the column's (number), from 0",
        "- --label",
        "+ --label 0");
    follow(
        "train csv:@two.csv --header no --label label" + QUICK,
        "or say (--header yes)",
        "- --header",
        "+ $1");
    table("gaps.csv", "label,a,b", i -> "%d,%s,%d".formatted(i % 2, i == 4 ? "" : "" + i, 7 - i));
    String gaps = "; (--missing) says what becomes of gaps: (drop), (mean), (median) or a number";
    for (String what : List.of("$2", "$3", "$4", "0")) {
      follow("train csv:@gaps.csv" + QUICK, gaps, "+ $1 " + what);
    }
    for (String odd : List.of("#DIV/0!", "inf", "-", "12%")) {
      table("odd.csv", "label,a,b", i -> i % 2 + "," + (i == 4 ? odd : i) + "," + (7 - i));
      afterChange(
          "train csv:@odd.csv --missing mean" + QUICK,
          "row 6, column 'a': .*; mend the cell, or empty it and say --missing mean",
          () -> table("odd.csv", "label,a,b", i -> "%d,%s,2".formatted(i % 2, i == 4 ? "" : i)));
    }
    table("total.csv", "label,a,b", i -> "%s,%d,%d".formatted(i == 9 ? "Sum" : i % 2, i, 7 - i));
    afterChange(
        "train csv:@total.csv" + QUICK,
        "label 'Sum' is in a single row, .*; mend that row or take it out",
        () -> table("total.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i, 7 - i)));
    strangeTables();
    table("nolabel.csv", "label,a,b", i -> "%s,%d,%d".formatted(i == 4 ? "" : i % 2, i, 7 - i));
    follow("train csv:@nolabel.csv" + QUICK, "; (--missing drop) leaves such rows out", "+ $1");
    table("notarget.csv", "v,a,b", i -> "%s,%d,%d".formatted(i == 4 ? "" : i % 2, i, 7 - i));
    follow(
        "train csv:@notarget.csv --target v" + QUICK,
        "; (--missing drop) leaves such rows out",
        "+ $1");
    assertEquals(0, run(words("train csv:@two.csv" + quick)).status());
    String evaluate = "evaluate --backend reference --model @table.st csv:@gaps.csv";
    String without =
        "train with (--missing) (mean) or (median), or leave such rows out.* with (--missing drop)";
    follow(evaluate, without, "+ $4");
    follow(evaluate, without, "> train csv:@gaps.csv $1 $2" + quick);
    String category =
        "texts are meant, (--category) takes them for categories, (--drop) leaves the column out";
    keeping();
    table("late.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i, 7 - i));
    List<String> late = new ArrayList<>(Files.readAllLines(folder.resolve("late.csv")));
    IntStream.range(0, 300).forEach(i -> late.add("%d,%d,%d".formatted(i % 2, i % 5, i % 7)));
    late.add("1,oops,3");
    Files.write(folder.resolve("late.csv"), late);
    follow("train csv:@late.csv" + QUICK, category, "+ $1 a");
    follow("train csv:@late.csv" + QUICK, category, "+ $2 a");
    table("names.csv", "label,a,name", i -> "%d,%d,name%d".formatted(i % 2, i, i));
    List<String> names = new ArrayList<>(Files.readAllLines(folder.resolve("names.csv")));
    IntStream.range(0, 200).forEach(i -> names.add("%d,%d,%s".formatted(i % 2, i, "other" + i)));
    Files.write(folder.resolve("names.csv"), names);
    follow("train csv:@names.csv" + QUICK, "; (--drop name) leaves it out", "+ $1");
    zip("two.zip", "a.csv", "b.csv");
    follow(
        "train csv:@two.zip" + QUICK,
        "name one, as in csv:FILE.zip(!)NAME; it holds (a.csv), b.csv",
        "> train csv:@two.zip$1$2" + QUICK);
  }

  /// Tables as spreadsheets leave them.
  private void strangeTables() throws IOException {
    table("sum.csv", "label,a", i -> i % 2 + "," + (i == 9 ? "Sum" : i));
    afterChange(
        "train csv:@sum.csv" + QUICK,
        "found 'Sum'; if the row is a total of others, take it out",
        () -> table("sum.csv", "label,a", i -> i % 2 + "," + i));
    table("sums.csv", "label,kind,b", i -> "%d,%s,%d".formatted(i % 2, "xy".charAt(i % 2), i));
    Files.writeString(folder.resolve("sums.csv"), "1,Total,435\n", StandardOpenOption.APPEND);
    String total = "looks like a total of those above; take it out, or say (--category kind)";
    follow("train csv:@sums.csv" + QUICK, total, "+ $1");
    table("rows.csv", "label,id,b", i -> "%d,%d,%d".formatted(i % 2, 3 * i, i % 5));
    String number = "; (--drop id) leaves it out";
    assertFalse(follow("train csv:@rows.csv" + QUICK, number, "+ $1").contains("to number"));
    table("exact.csv", "label,a,b", i -> "%d,170000000%d,%d".formatted(i % 2, i, i % 5));
    follow("train csv:@exact.csv" + QUICK, "or say (--drop a)", "+ $1");
    table("points.csv", "label;a;b", i -> "%d;%d.500;%d".formatted(i % 2, 1 + i, i % 5));
    String points = follow("train csv:@points.csv" + QUICK, "else say (--decimal point)", "+ $1");
    assertFalse(points.contains("thousands"), points);
    Files.writeString(folder.resolve("title.csv"), "Table 1,,\nlabel,a,b\n");
    afterChange(
        "train csv:@title.csv" + QUICK,
        "names one of 3 columns; if it is a title, take it out",
        () -> table("title.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i, i % 5)));
    table("mixed.csv", "label,a,b", i -> "%d,%s,%d".formatted(i % 2, i % 3 == 0 ? i : "low", i));
    List<String> mixed = new ArrayList<>(Files.readAllLines(folder.resolve("mixed.csv")));
    IntStream.range(10, 90).forEach(i -> mixed.add(i % 2 + (i % 3 == 0 ? ",low,3" : ",low,4")));
    IntStream.range(10, 50).forEach(i -> mixed.add(i % 2 + "," + i + ",5"));
    Files.write(folder.resolve("mixed.csv"), mixed);
    String gaps = "empty the cells that are gaps, or say (--category a) to tell them apart";
    follow("train csv:@mixed.csv" + QUICK, gaps, "+ $1");
    table("words.csv", "a,b,price", i -> "%d,%d,%s".formatted(i, i % 5, i % 2 == 0 ? "x" : "y"));
    follow(
        "train csv:@words.csv --target price" + QUICK,
        "; (--label price) takes them for classes",
        "- --target",
        "+ $1");
  }

  /// What a model keeps of its data is not said otherwise.
  private void keeping() throws IOException {
    table("gap.csv", "a,b", i -> "%s,%d".formatted(i == 4 ? "" : "" + i, 7 - i));
    Path model = folder.resolve("table.st");
    String train = QUICK + " --save @table.st";
    assertEquals(0, run(words("train csv:@two.csv" + train)).status());
    String predict = "predict --backend reference --model @table.st csv:@gap.csv";
    Result gaps = run(words(predict + " --missing drop"));
    found(predict, "is trained with --missing mean or median gives one", gaps);
    Files.delete(model);
    for (String kind : List.of("mean", "median")) {
      String again = "train csv:@gaps.csv --missing " + kind + train;
      assertEquals(0, run(words(again)).status());
      Result whole = run(words(predict));
      assertEquals(0, whole.status(), whole::toString);
      assertFalse(whole.text().contains("gives one"), whole::toString);
    }
    said.add(new Said(gaps.text(), Set.of("--missing")));
    assertEquals(0, run(words("train csv:@two.csv" + train)).status());
    String evaluate = "evaluate --backend reference --model @table.st csv:@two.csv ";
    String kept = "(--[\\w-]+).*: the model .*, and keeps to that; leave it out";
    for (String option :
        List.of("--missing mean", "--no-standardize", "--drop a", "--category a")) {
      follow(evaluate + option, kept, "- $1");
    }
    assertEquals(
        0,
        run(words("train csv:@two.csv --no-standardize" + QUICK + " --save @plain.st")).status());
    follow(evaluate.replace("table.st", "plain.st") + "--standardize", kept, "- $1");
  }

  private static void zip(String name, String... entries) throws IOException {
    try (var out = new ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      for (String entry : entries) {
        out.putNextEntry(new ZipEntry(entry));
        out.write(Files.readAllBytes(folder.resolve("two.csv")));
      }
    }
  }

  // --- files that are no tables

  /// The first bytes of files that are no tables, and what is done with them.
  private static final Map<String, String> MAGIC = new LinkedHashMap<>();

  static {
    MAGIC.put("PAR1\0\1", "is Parquet; write it as CSV");
    MAGIC.put("\u0089HDF\r\n\u001a\n", "is HDF5; write its table as CSV");
    MAGIC.put("ARROW1\0\0", "is Arrow or Feather; write it as CSV");
    MAGIC.put("FEA1\0", "is Feather; write it as CSV");
    MAGIC.put("ORC\0", "is ORC; write it as CSV");
    MAGIC.put(
        "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1", "old Excel workbook; save it as CSV");
    MAGIC.put("SQLite format 3\0", "SQLite database; export the table as CSV");
    MAGIC.put("%PDF-1.7", "a PDF; export the table as CSV");
    MAGIC.put("\u0080\u0004\u0095", "a Python pickle; write it as CSV");
    MAGIC.put("{\"a\": 1}", "is JSON; write it as CSV");
    MAGIC.put("[{\"a\": 1}]", "is JSON; write it as CSV");
    MAGIC.put("<?xml version=\"1.0\"?>", "is XML; write it as CSV");
    MAGIC.put("7z\u00bc\u00af'\u001c", "a 7z archive; unpack it");
    MAGIC.put("\u00fd7zXZ\0", "packed with xz; unpack it");
    MAGIC.put("BZh9\u0001", "packed with bzip2; unpack it");
    MAGIC.put("(\u00b5/\u00fd", "packed with zstd; unpack it");
    MAGIC.put("Rar!\u001a\u0007", "a RAR archive; unpack it");
  }

  private void kinds() throws IOException {
    Path two = table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    Path file = folder.resolve("data.csv");
    for (Map.Entry<String, String> kind : MAGIC.entrySet()) {
      Files.write(file, kind.getKey().getBytes(StandardCharsets.ISO_8859_1));
      afterChange(
          "summary --backend reference csv:@data.csv",
          kind.getValue(),
          () -> Files.copy(two, file, StandardCopyOption.REPLACE_EXISTING));
    }
    // The other way out of an archive.
    Files.write(file, "\u00fd7zXZ\0".getBytes(StandardCharsets.ISO_8859_1));
    afterChange(
        "summary --backend reference csv:@data.csv",
        "or pack it with gzip",
        () -> {
          try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
            Files.copy(two, out);
          }
        });
    Files.write(file, "Rar!\u001a\u0007".getBytes(StandardCharsets.ISO_8859_1));
    afterChange(
        "summary --backend reference csv:@data.csv",
        "or pack it as zip",
        () -> zip("data.csv", "a.csv"));
    zip("book.csv", "[Content_Types].xml", "xl/workbook.xml");
    afterChange(
        "summary --backend reference csv:@book.csv",
        "is an Excel workbook; save the sheet as CSV",
        () -> Files.copy(two, folder.resolve("book.csv"), StandardCopyOption.REPLACE_EXISTING));
    zip("office.csv", "content.xml", "mimetype");
    afterChange(
        "summary --backend reference csv:@office.csv",
        "is a document of LibreOffice; save the sheet as CSV",
        () -> Files.copy(two, folder.resolve("office.csv"), StandardCopyOption.REPLACE_EXISTING));
    arrays("arrays.npz");
    follow(
        "summary --backend reference csv:@arrays.npz",
        "holds arrays of NumPy; read it as (npz:)FILE",
        "> summary --backend reference $1@arrays.npz");
    Files.createDirectory(folder.resolve("arrays"));
    Numpy.write(folder.resolve("arrays/x_train.npy"), NumpyArray.of(new float[24], 12, 2));
    Numpy.write(folder.resolve("arrays/y_train.npy"), NumpyArray.of(answers(12), 12));
    follow(
        "summary --backend reference csv:@arrays/x_train.npy",
        "an array of NumPy; read the folder it is in as (npy:)DIR",
        "> summary --backend reference $1@arrays");
    picture("pictures/a/1.png", 8);
    picture("pictures/b/1.png", 8);
    follow(
        "summary --backend reference csv:@pictures/a/1.png",
        "a PNG picture; pictures go into (images:)DIR",
        "> summary --backend reference $1@pictures");
    Files.write(file, "\u00ff\u00d8\u00ff\u00e0".getBytes(StandardCharsets.ISO_8859_1));
    follow(
        "summary --backend reference csv:@data.csv",
        "a JPEG picture; pictures go into (images:)DIR",
        "> summary --backend reference $1@pictures");
  }

  private static int[] answers(int rows) {
    return IntStream.range(0, rows).map(i -> i % 2).toArray();
  }

  private static void arrays(String name) {
    var arrays = new TreeMap<String, NumpyArray>();
    arrays.put("x", NumpyArray.of(new float[24], 12, 2));
    arrays.put("y", NumpyArray.of(answers(12), 12));
    Numpy.writeAll(folder.resolve(name), arrays);
  }

  private static void picture(String name, int side) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    var image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    image.setRGB(side / 2, side / 2, 0xFFFFFF);
    ImageIO.write(image, "png", file.toFile());
  }

  private void samples() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    Numpy.write(folder.resolve("one.npy"), NumpyArray.of(new float[24], 12, 2));
    arrays("both.npz");
    follow(
        "summary --backend reference npz:@one.npy",
        "put features and answers into an npz file as (x) and (y)",
        "> summary --backend reference npz:@both.npz");
    var many = new TreeMap<String, NumpyArray>();
    int rows = 10_100;
    many.put("x", NumpyArray.of(new float[rows], rows, 1));
    many.put("y", NumpyArray.of(IntStream.range(0, rows).toArray(), rows));
    Numpy.writeAll(folder.resolve("many.npz"), many);
    afterChange(
        "summary --backend reference npz:@many.npz",
        "make them floats for target values",
        () -> {
          many.put("y", NumpyArray.of(new float[rows], rows));
          Numpy.writeAll(folder.resolve("many.npz"), many);
        });
    Files.createDirectory(folder.resolve("sets"));
    for (String set : List.of("emnist-letters", "emnist-digits")) {
      idx("sets/" + set + "-");
    }
    follow(
        "summary --backend reference idx:@sets",
        "put the name of one behind the folder's: emnist-digits, (emnist-letters)",
        "> summary --backend reference idx:@sets/$1");
    for (int i = 0; i < 3; i++) {
      picture("some/a/%d.png".formatted(i), 8);
      picture("some/b/%d.png".formatted(i), 8);
    }
    write("some/a/x.gif", "GIF89a");
    afterMovingAway(
        "some/a/x.gif", "summary --backend reference images:@some", "convert it, or move it away");
    Files.delete(folder.resolve("some/a/x.gif.away"));
    byte[] one = Files.readAllBytes(folder.resolve("some/a/1.png"));
    for (int i = 10; i < 410; i++) {
      Files.write(folder.resolve("some/b/%d.png".formatted(i)), one);
    }
    String large = "summary --backend reference --hidden none images:@some --size 2600x2600";
    String smaller = "take fewer with (--limit), or make them smaller with (--size)";
    follow(large, smaller, "- $2", "+ $2 9x9");
    follow(large, smaller, "+ $1 2 --validation-split 0");
    for (int i = 10; i < 410; i++) {
      Files.delete(folder.resolve("some/b/%d.png".formatted(i)));
    }
    follow(
        "data show images:@some --colour --augment --out " + folder,
        "(--augment) shows images of one channel",
        "- --colour");
    String learned = "train images:@some --validation-split 0" + QUICK + " --save @some.st";
    assertEquals(0, run(words(learned)).status());
    String kept = "(--\\w+).*: the model .*, and keeps to that; leave it out";
    String evaluate = "evaluate --backend reference --model @some.st images:@some ";
    follow(evaluate + "--size 5x5", kept, "- $1");
    follow(evaluate + "--colour", kept, "- $1");
    pass("predict --model @some.st csv:@two.csv --missing mean", kept, "- $1");
    idx("turned-");
    assertEquals(0, run(words("train idx:@turned" + QUICK + " --save @turned.st")).status());
    follow(
        "evaluate --backend reference --model @turned.st idx:@turned --transpose",
        "(--transpose): the model was trained without it, and keeps to that; leave it out",
        "- $1");
    var parts = new TreeMap<String, NumpyArray>();
    for (String part : List.of("train", "test")) {
      parts.put("x_" + part, NumpyArray.of(new float[40], 20, 2));
      parts.put("y_" + part, NumpyArray.of(answers(20), 20));
    }
    Numpy.writeAll(folder.resolve("parts.npz"), parts);
    follow(
        "summary --backend reference npz:@parts.npz --split 0.6,0.2,0.2",
        "(--split) \\S+: the data have a test part of their own, .*; name two shares",
        "- $1",
        "+ $1 0.8,0.2");
    var image = new BufferedImage(5000, 5000, BufferedImage.TYPE_3BYTE_BGR);
    ImageIO.write(image, "png", folder.resolve("some/a/9.png").toFile());
    afterChange(
        "summary --backend reference images:@some",
        "suspiciously many; save it smaller",
        () -> picture("some/a/9.png", 8));
  }

  /// The four files of a small IDX data set.
  private static void idx(String prefix) throws IOException {
    for (String part : List.of("train", "test")) {
      ByteBuffer images =
          ByteBuffer.allocate(16 + 8 * 4).putInt(0x803).putInt(8).putInt(2).putInt(2);
      ByteBuffer labels = ByteBuffer.allocate(8 + 8).putInt(0x801).putInt(8);
      for (int i = 0; i < 8; i++) {
        labels.put((byte) (i % 2));
      }
      Files.write(folder.resolve(prefix + part + "-images-idx3-ubyte"), images.array());
      Files.write(folder.resolve(prefix + part + "-labels-idx1-ubyte"), labels.array());
    }
  }

  // --- predictions and models

  private void models() throws IOException {
    table("two.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 2, i % 2 + i, 30 - i));
    table("three.csv", "label,a,b", i -> "%d,%d,%d".formatted(i % 3, i % 3 + i, 30 - i));
    String train = "train csv:@two.csv" + QUICK + " --save ";
    assertEquals(0, run(words(train + "@two.st")).status());
    assertEquals(0, run(words("train csv:@three.csv" + QUICK + " --save @three.st")).status());
    assertEquals(
        0, run(words("train csv:@two.csv --target a,b" + QUICK + " --save @targets.st")).status());
    assertEquals(0, run(words("train digits --limit 20" + QUICK + " --save @digits.st")).status());
    picture("digit.png", 28);
    String pictures = "predict --backend reference --model @digits.st @digit.png";
    follow(pictures + " --out @x.csv", "(--out) is for csv:FILE only", "- $1");
    follow(pictures + " --columns a,b", "(--columns) is for csv:FILE only", "- $1");
    follow(
        "predict --backend reference --model @two.st @two.csv",
        "not pictures; it knows the columns a, b; name a table as (csv:)FILE",
        "> predict --backend reference --model @two.st $1@two.csv");
    String rows = "predict --backend reference --model @two.st csv:@two.csv";
    follow(rows + " --invert", "(--invert) is for pictures only", "- $1");
    follow(rows + " --centre", "(--centre) is for pictures only", "- $1");
    follow(rows + " --columns a", "(--columns) takes two names, such as (\\S+)", "- $1", "+ $1 $2");
    follow(rows + " --out @two.csv", "(--out) names the table itself", "- $1", "+ $1 @answers.csv");
    follow(
        rows.replace("two.st", "targets.st") + " --columns a,b",
        "(--columns) names one answer",
        "- $1");
    Numpy.write(folder.resolve("digits.npy"), NumpyArray.of(new float[784], 1, 784));
    String arrays = "predict --backend reference --model @digits.st npy:@digits.npy";
    for (String ending : List.of("$2", "$3", "$4")) {
      follow(
          arrays + " --out @out.txt",
          "(--out) \\S+: must end in (.csv), (.npy) or (.npz)",
          "- $1",
          "+ $1 @out" + ending);
    }
    follow(
        "evaluate --backend reference --model @three.st csv:@three.csv --threshold 0.3",
        "(--threshold) is for two classes",
        "- $1");
    // A model as version 0.1 wrote it, and one whose numbers have run away.
    Safetensors.Contents whole = Safetensors.read(folder.resolve("two.st"));
    Map<String, String> old = new TreeMap<>(whole.metadata());
    old.remove("descent.preparation");
    old.remove("descent.crc");
    Safetensors.write(folder.resolve("old.st"), whole.entries(), old);
    follow(
        rows.replace("two.st", "old.st"), "train it anew", "> " + train + "@old.st", "> " + rows);
    Model broken = Model.load(folder.resolve("digits.st"));
    broken.parameters()[3] = Float.NaN;
    broken.save(folder.resolve("broken.st"));
    afterChange(
        pictures.replace("digits.st", "broken.st"),
        "train it anew, with a lower learning rate",
        () ->
            assertEquals(
                0,
                run(words("train digits --limit 20 --lr 1e-4" + QUICK + " --save @broken.st"))
                    .status()));
    follow(
        "export --model @targets.st --onnx @x.onnx --probabilities",
        "(--probabilities): the model's loss computes no softmax",
        "- $1");
    follow(
        "import --model 'dense 4 relu, dense 2' --weights @two.st --save @imported.st",
        "the shape of a sample is missing; write 28x28x1: or 784: (before them)",
        "> import --model '2: dense 4 relu, dense 2' --weights @two.st --save @imported.st");
    for (String kind : List.of("a", "b")) {
      picture("dark/" + kind + "/1.png", 8);
      picture("dark/" + kind + "/2.png", 8);
    }
    picture("bright.png", 8);
    BufferedImage bright = ImageIO.read(folder.resolve("bright.png").toFile());
    IntStream.range(0, 63).forEach(i -> bright.setRGB(i % 8, i / 8, 0xFFFFFF));
    ImageIO.write(bright, "png", folder.resolve("bright.png").toFile());
    assertEquals(
        0,
        run(words("train images:@dark --validation-split 0" + QUICK + " --save @dark.st"))
            .status());
    follow(
        "predict --backend reference --model @dark.st @bright.png",
        "its negative would be like them, see (--invert)",
        "+ $1");
    follow(
        "import --weights @x --save @y",
        "import takes (--onnx) FILE, or --model LAYERS and --weights FILE",
        "> import $1 @x.onnx --save @y");
    Safetensors.write(
        folder.resolve("square.st"),
        List.of(
            Safetensors.Entry.of("a.kernel", new float[4], 2, 2),
            Safetensors.Entry.of("a.bias", new float[2], 2),
            Safetensors.Entry.of("b.weight", new float[4], 2, 2),
            Safetensors.Entry.of("b.bias", new float[2], 2)),
        Map.of());
    follow(
        "import --weights @x --save @y",
        "import takes --onnx FILE, or (--model) LAYERS and (--weights) FILE",
        "> import $1 2-2-2 $2 @square.st --layout keras --save @y");
    follow(
        "import --model 2-2-2 --weights @square.st --save @square.model",
        "say which: (--layout) (keras) or (pytorch)",
        "+ $1 $2");
    follow(
        "import --model 2-2-2 --weights @square.st --save @square.model",
        "say which: (--layout) (keras) or (pytorch)",
        "+ $1 $3");
  }

  // --- data sets that are known

  private void known() throws Exception {
    Files.createDirectories(folder.resolve("sets2/mnist"));
    Files.createDirectories(folder.resolve("sets2/asl"));
    idx("sets2/mnist/");
    for (String part : List.of("train", "t10k")) {
      for (String kind : List.of("images-idx3", "labels-idx1")) {
        Path made =
            folder.resolve(
                "sets2/mnist/%s-%s-ubyte".formatted(part.equals("t10k") ? "test" : part, kind));
        Files.move(
            made,
            folder.resolve("sets2/mnist/%s-%s-ubyte".formatted(part, kind)),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    follow(
        "evaluate --backend reference --data @sets2 --model @none.st mnist",
        "none.st",
        "> summary --backend reference digits");
    follow(
        "train mnist --data @sets2" + QUICK,
        "read other data as (idx:)DIR",
        "> train $1@sets2/mnist" + QUICK);
    StringBuilder pixels = new StringBuilder("label");
    IntStream.rangeClosed(1, 784).forEach(i -> pixels.append(",pixel").append(i));
    String row = ",0".repeat(784);
    for (String name : List.of("sign_mnist_train.csv", "sign_mnist_test.csv")) {
      write("sets2/asl/" + name, pixels + "\n0" + row + "\n1" + row.replaceFirst("0", "9") + "\n");
    }
    follow(
        "train asl --data @sets2" + QUICK,
        "read other data as (csv:)FILE",
        "> train $1@sets2/asl/sign_mnist_train.csv --validation-split 0" + QUICK);
    String place =
        "place .* in \\S+/mnist, or say where they are with (--data) DIR or (DESCENT_DATA)";
    pass("train mnist --data @empty" + QUICK, place, "- --data", "+ $1 @sets2");
    // What would use the network goes to a proxy that is not there.
    followInJava(
        "DESCENT_DATA=@empty -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9",
        new InJava(false, "train mnist", "run `descent (data fetch mnist)`, or place", "", "> $1"),
        new InJava(
            false,
            "data fetch mnist --data @sets2",
            "move the file away to have it downloaded",
            "",
            "- --data",
            "+ --data @nothing"),
        new InJava(false, "train mnist" + QUICK, place, "$2=@sets2"));
  }

  // --- memory and the virtual machine

  private void memory() throws Exception {
    try (var file = new RandomAccessFile(folder.resolve("header.st").toFile(), "rw")) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 20).array());
      file.setLength(2L << 20);
    }
    byte[] header =
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(8 << 20, 32 << 20)
            .getBytes(StandardCharsets.UTF_8);
    try (var file = new RandomAccessFile(folder.resolve("large.st").toFile(), "rw")) {
      file.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
      file.write(header);
      file.setLength(8L + header.length + (32L << 20));
    }
    idx("long-");
    Path images = folder.resolve("long-train-images-idx3-ubyte");
    try (var file = new RandomAccessFile(images.toFile(), "rw")) {
      for (int number : new int[] {0x803, 30_000, 28, 28}) {
        file.writeInt(number);
      }
      file.setLength(16 + 30_000L * 784);
    }
    StringBuilder kinds = new StringBuilder("label,a,kind\n");
    IntStream.range(0, 9000)
        .forEach(i ->
            kinds
                .append(i % 2)
                .append(',')
                .append(i % 7)
                .append(",k")
                .append(i % 900)
                .append('\n'));
    write("kinds.csv", kinds.toString());
    StringBuilder rows = new StringBuilder("label");
    IntStream.range(0, 20).forEach(i -> rows.append(",c").append(i));
    for (int i = 0; i < 320_000; i++) {
      rows.append('\n').append(i % 2).append((i % 3 == 0 ? ",1.5" : ",2").repeat(20));
    }
    write("long.csv", rows.append('\n').toString());
    String digits = "train digits --backend cpu --threads 1 --epochs 1 ";
    String deep = digits + "--limit 50 --hidden 2000,2000";
    String more =
        "give it more \\(DESCENT_JAVA_OPTS=(-Xmx8g)\\), or take less data \\((--limit) N\\) or a smaller"
            + " model \\((--model), (--hidden)\\)";
    String evaluate = "evaluate --backend reference digits --model ";
    String summary = "summary --backend reference ";
    String values = "no memory for .* values; give Java more with (-Xmx)";
    followInJava(
        "-Xmx24m",
        new InJava(true, digits + "--hidden 4", more, "", "+ $2 50"),
        new InJava(true, deep, more, "", "- $4", "+ $4 4"),
        new InJava(true, deep, more, "", "- $4", "+ $3 flatten"),
        new InJava(true, deep, more, "$1"),
        // As the message says, so many megabytes are enough.
        new InJava(
            true, digits + "--limit 50 --hidden 1500", "start java with (-Xmx\\d+m) or more", "$1"),
        new InJava(
            false, evaluate + "@header.st", "at most \\d+ can be read; raise (-Xmx)", "$1999m"),
        new InJava(false, evaluate + "@large.st", "MiB of tensors, .*; raise (-Xmx)", "$1999m"),
        new InJava(
            true,
            summary + "csv:@kinds.csv",
            "as its categories make; (--drop) leaves columns out",
            "",
            "+ $1 kind"),
        new InJava(false, summary + "idx:@long", values, "$1999m"),
        new InJava(true, summary + "csv:@long.csv --no-standardize", values, "$1999m"));
  }

  private void environment() throws Exception {
    // One measures a peak with vectors, which are slow without the second compiler.
    String access = "--enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=4";
    followInJava(
        access,
        new InJava(
            true,
            "summary digits --backend cpu",
            "cpu: .*start java with (--add-modules jdk.incubator.vector) for the fast kernels",
            "$1"),
        new InJava(
            true,
            "bench matmul --backend reference --square 2 --batch 1 --seconds 0.001",
            "not measured \\(needs (--add-modules jdk.incubator.vector) and",
            "$1"));
    followInJava(
        "LC_ALL=C LC_CTYPE= LANG=",
        new InJava(
            true, "lesson line --lang zh-TW", "can't show zh-TW; set (LC_ALL=C.UTF-8), say", "$1"));
    String none = "name one with (--data) or in (DESCENT_DATA)";
    followInJava(
        "XDG_CACHE_HOME= DESCENT_DATA= -Duser.home=?",
        new InJava(false, "train mnist" + QUICK, none, "", "+ $1 @empty"),
        new InJava(false, "train mnist" + QUICK, none, "$2=@empty"));
    // A virtual machine without what pictures need.
    String lacking = "--limit-modules java.base,java.logging";
    Files.createDirectory(folder.resolve("here"));
    List<List<String>> show = List.of(words("data show digits --limit 3 --out @here"));
    Result bug = java(words(lacking), show).getFirst();
    Matcher debug = found(lacking, "(DESCENT_DEBUG=1) shows where", bug);
    Result where = java(words(lacking + " " + debug.group(1)), show).getFirst();
    assertTrue(where.text().contains("\tat dev.descent."), where::toString);
    said.add(new Said(bug.text(), Set.of()));
  }

  // --- completeness

  private void everyMessage() throws IOException {
    List<Message> messages = new ArrayList<>();
    for (String module : List.of("engine", "native", "opencl", "cuda", "onnx", "cli")) {
      messages.addAll(AdviceInSources.below(Path.of("..", module, "src", "main", "java")));
    }
    assertTrue(messages.size() > 100, "only " + messages.size() + " messages");
    List<String> missing = new ArrayList<>();
    Set<String> stale = new LinkedHashSet<>(NOT_HERE.keySet());
    for (Message message : messages) {
      String excused =
          NOT_HERE.keySet().stream().filter(message.text()::contains).findFirst().orElse(null);
      if (excused != null) {
        stale.remove(excused);
        continue;
      }
      Set<String> followed = new LinkedHashSet<>();
      boolean provoked = false;
      for (Said one : said) {
        if (message.isIn(one.text())) {
          provoked = true;
          followed.addAll(one.words());
        }
      }
      if (!provoked) {
        missing.add(message + "\n    is not provoked");
      } else if (!followed.containsAll(message.options())) {
        missing.add(message + "\n    is followed with " + followed);
      }
    }
    stale.forEach(text -> missing.add("no message has any longer: " + text));
    assertTrue(missing.isEmpty(), () -> String.join("\n", missing));
  }
}
