package dev.descent.cli.shell;

import dev.descent.BackendUnavailableException;
import dev.descent.DataException;
import dev.descent.DescentException;
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
      case DataException _ -> ExitStatus.DATA;
      default -> ExitStatus.FAILED;
    };
  }

  public static String describe(Throwable failure) {
    return switch (failure) {
      // Both say in their own words what does not fit.
      case DescentException e -> String.valueOf(e.getMessage());
      case IllegalArgumentException e when e.getMessage() != null -> e.getMessage();
      case OutOfMemoryError _ ->
          ("not enough memory: Java may use %,d MiB; give it more (DESCENT_JAVA_OPTS=-Xmx8g), or"
                  + " take less data (--limit N), a smaller --batch or --hidden")
              .formatted(Runtime.getRuntime().maxMemory() / MIB);
      default ->
          "internal error, a bug in descent: %s; DESCENT_DEBUG=1 shows where, please report it"
              .formatted(failure);
    };
  }

  private static boolean debugging() {
    String variable = System.getenv("DESCENT_DEBUG");
    return Boolean.getBoolean("descent.debug")
        || (variable != null && !variable.isBlank() && !variable.equals("0"));
  }
}
