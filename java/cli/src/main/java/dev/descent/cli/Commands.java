package dev.descent.cli;

import dev.descent.cli.bench.BenchCommand;
import dev.descent.cli.compare.CompareCommand;
import dev.descent.cli.data.DataCommand;
import dev.descent.cli.data.DataFetchCommand;
import dev.descent.cli.data.DataShowCommand;
import dev.descent.cli.exchange.ExportCommand;
import dev.descent.cli.exchange.ImportCommand;
import dev.descent.cli.inspect.EvaluateCommand;
import dev.descent.cli.inspect.ExplainCommand;
import dev.descent.cli.inspect.PredictCommand;
import dev.descent.cli.inspect.SummaryCommand;
import dev.descent.cli.lesson.Language;
import dev.descent.cli.lesson.Lesson;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.cli.train.TrainCommand;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The tree of commands.
final class Commands {
  /// What makes each command, by its name and in the order of help. To read a command's options from its annotations
  /// takes a while, so it is made only when it may be called.
  private static final Map<String, Function<Invocation, Object>> MAKERS = new LinkedHashMap<>();

  static {
    MAKERS.put("train", TrainCommand::new);
    MAKERS.put("evaluate", EvaluateCommand::new);
    MAKERS.put("predict", PredictCommand::new);
    MAKERS.put("compare", CompareCommand::new);
    MAKERS.put("devices", DevicesCommand::new);
    MAKERS.put("summary", SummaryCommand::new);
    MAKERS.put("explain", ExplainCommand::new);
    MAKERS.put("export", ExportCommand::new);
    MAKERS.put("import", ImportCommand::new);
    MAKERS.put("bench", BenchCommand::new);
    MAKERS.put("data", Commands::data);
    MAKERS.put("lesson", Commands::lessons);
  }

  private Commands() {}

  /// The commands for a command line: the one that it begins with, or all.
  static CommandLine of(Invocation invocation, String... args) {
    boolean one = args.length > 0 && MAKERS.containsKey(args[0]);
    var line = new CommandLine(new DescentCommand());
    MAKERS.forEach((name, maker) -> {
      if (!one || name.equals(args[0])) {
        line.addSubcommand(name, maker.apply(invocation));
      }
    });
    line.setOut(new PrintWriter(invocation.out(), true, invocation.out().charset()));
    line.setErr(new PrintWriter(invocation.err(), true, invocation.err().charset()));
    line.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    line.setUsageHelpWidth(Terminal.DEFAULT_WIDTH);
    layOutHelp(line);
    line.getCommandSpec()
        .addOption(flag("Show the version.", "-V", "--version").versionHelp(true).build());
    // As everywhere: the last of two that contradict each other counts.
    line.setOverwrittenOptionsAllowed(true);
    line.setParameterExceptionHandler(new UsageErrors());
    line.setExecutionExceptionHandler(new Failures(invocation));
    return line;
  }

  private static CommandLine data(Invocation invocation) {
    return new CommandLine(new DataCommand())
        .addSubcommand(new DataShowCommand(invocation))
        .addSubcommand(new DataFetchCommand(invocation));
  }

  private static CommandLine lessons(Invocation invocation) {
    var lessons = new CommandLine(new LessonCommand(invocation));
    for (Lesson lesson : Lesson.values()) {
      String about = "About " + lesson.summary(Language.ENGLISH) + ".";
      addLesson(lessons, invocation, lesson.word(), about, List.of(lesson));
    }
    String about = "All lessons, one after the other.";
    addLesson(lessons, invocation, "all", about, List.of(Lesson.values()));
    return lessons;
  }

  private static void addLesson(
      CommandLine to, Invocation invocation, String name, String about, List<Lesson> lessons) {
    var command = new CommandLine(new LessonTopicCommand(invocation, lessons));
    command
        .getCommandSpec()
        .usageMessage()
        .description(about)
        .customSynopsis("descent lesson " + name + " [OPTIONS]", "");
    to.addSubcommand(name, command);
  }

  /// Options stand in the order of their importance, as the classes have them, and help at the end.
  private static void layOutHelp(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    spec.addOption(flag("Show this help.", "-h", "--help").usageHelp(true).build());
    spec.usageMessage().sortOptions(false);
    spec.usageMessage().parameterListHeading("%nArguments:%n");
    spec.usageMessage().optionListHeading("%nOptions:%n");
    command.getSubcommands().values().forEach(Commands::layOutHelp);
  }

  private static OptionSpec.Builder flag(String description, String... names) {
    return OptionSpec.builder(names).type(boolean.class).arity("0").description(description);
  }
}
