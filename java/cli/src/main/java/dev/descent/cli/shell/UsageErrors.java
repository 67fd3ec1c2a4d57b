package dev.descent.cli.shell;

import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says in one line what is wrong with a command line, and where help is.
public final class UsageErrors implements CommandLine.IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command
        .getErr()
        .println(
            Visible.line(
                "descent: %s; see %s --help"
                    .formatted(describe(failure), command.getCommandSpec().qualifiedName())));
    return ExitStatus.USAGE;
  }

  private static String describe(ParameterException failure) {
    return switch (failure) {
      case UnmatchedArgumentException e when !e.getUnmatched().isEmpty() ->
          unmatched(e.getCommandLine(), e.getUnmatched().getFirst());
      case MissingParameterException e -> missing(e);
      case ParameterException e when e.getCause() instanceof TypeConversionException cause ->
          argument(e.getArgSpec(), e.getValue()) + ": " + cause.getMessage();
      default -> oneLine(String.valueOf(failure.getMessage()));
    };
  }

  private static String unmatched(CommandLine command, String word) {
    boolean option = word.startsWith("-");
    boolean wantsCommand = !option && !command.getSubcommands().isEmpty();
    String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
    Collection<String> candidates = option ? options(command) : command.getSubcommands().keySet();
    Optional<String> nearest = NearestWord.of(name, candidates);
    String kind = option ? "unknown option" : wantsCommand ? "unknown command" : "one too many:";
    return kind
        + " "
        + shortened(option ? name : word)
        + nearest.map(n -> " (did you mean " + n + "?)").orElse("");
  }

  private static String missing(MissingParameterException failure) {
    List<String> names =
        failure.getMissing().stream().map(UsageErrors::name).collect(Collectors.toList());
    boolean value =
        failure.getMissing().size() == 1
            && failure.getMissing().getFirst() instanceof OptionSpec
            && String.valueOf(failure.getMessage()).startsWith("Missing required parameter for");
    return value
        ? names.getFirst() + " needs a value"
        : String.join(" and ", names) + (names.size() > 1 ? " are missing" : " is missing");
  }

  private static List<String> options(CommandLine command) {
    List<String> names = new ArrayList<>();
    command.getCommandSpec().options().forEach(o -> names.addAll(List.of(o.names())));
    return names;
  }

  private static String argument(ArgSpec argument, String value) {
    return name(argument) + " " + shortened(value);
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static String shortened(String word) {
    return Visible.value(word);
  }

  /// With a capital at the start.
  public static String capital(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  public static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
