package dev.descent.cli.shell;

import dev.descent.BackendUnavailableException;
import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.internal.format.Visible;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/// Says in one line why a command failed, and with which exit status it ends.
public final class Failures implements CommandLine.IExecutionExceptionHandler {
  private static final long MIB = 1 << 20;

  private final Invocation invocation;

  public Failures(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    return report(failure);
  }

  /// Prints the line and returns the exit status.
  public int report(Throwable failure) {
    invocation.out().flush();
    invocation.complain(UsageErrors.oneLine(describe(failure)));
    if (debugging()) {
      failure.printStackTrace(invocation.err());
    }
    return status(failure);
  }

  public static int status(Throwable failure) {
    return switch (failure) {
      case BackendUnavailableException _ -> ExitStatus.BACKEND_UNAVAILABLE;
      case InvalidPathException _ -> ExitStatus.USAGE;
      case DataException _ -> ExitStatus.DATA;
      default -> ExitStatus.FAILED;
    };
  }

  public static String describe(Throwable failure) {
    return switch (failure) {
      // Both say in their own words what does not fit.
      case DescentException e -> forLauncher(String.valueOf(e.getMessage()));
      case InvalidPathException e ->
          Visible.value(e.getInput()) + " can't be a file's name: " + reason(e);
      case IllegalArgumentException e when e.getMessage() != null -> e.getMessage();
      case OutOfMemoryError _ ->
          String.format(
              Locale.ROOT,
              "not enough memory: Java may use %,d MiB; give it more (DESCENT_JAVA_OPTS=-Xmx8g), or"
                  + " take less data (--limit N) or a smaller model (--model, --hidden)",
              Runtime.getRuntime().maxMemory() / MIB);
      default ->
          "internal error, a bug in descent: %s; DESCENT_DEBUG=1 shows where, please report it"
              .formatted(failure);
    };
  }

  /// Why a text can't be the name of a file: the launcher chooses a locale that has all letters, and
  /// without it the user must.
  public static String reason(InvalidPathException failure) {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    return encoding.equalsIgnoreCase("UTF-8")
        ? failure.getReason()
        : "the encoding of names is %s; set LC_ALL=C.UTF-8, say".formatted(encoding);
  }

  /// The engine speaks of options of Java, which here a variable takes.
  private static String forLauncher(String message) {
    return message.contains("-Xmx")
        ? message + " (DESCENT_JAVA_OPTS takes options of Java)"
        : message;
  }

  private static boolean debugging() {
    String variable = System.getenv("DESCENT_DEBUG");
    return Boolean.getBoolean("descent.debug")
        || (variable != null && !variable.isBlank() && !variable.equals("0"));
  }
}
