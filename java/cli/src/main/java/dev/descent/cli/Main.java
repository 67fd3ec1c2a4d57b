package dev.descent.cli;

import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Interruption;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.internal.event.Notices;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;

/// The entry point of the `descent` command.
public final class Main {
  private static final int BUFFER_BYTES = 8192;

  private Main() {}

  public static void main(String[] args) {
    // Numbers look the same everywhere, so that what is printed can be compared and read by
    // programs.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    // The first line of a run says what it runs on, and why.
    Notices.silence();
    PrintStream out = stream(FileDescriptor.out, "stdout.encoding");
    PrintStream err = stream(FileDescriptor.err, "stderr.encoding");
    Interruption interruption = Interruption.bySignals();
    int status =
        run(new Invocation(out, err, Terminal.detect(), System::nanoTime, interruption), args);
    out.flush();
    err.flush();
    System.exit(status);
  }

  /// Runs a command and returns its exit status. Throws nothing.
  ///
  /// @param out receives results and progress, laid out for a file or a pipe
  /// @param err receives errors, a line each
  static int run(PrintStream out, PrintStream err, String... args) {
    return run(Invocation.piped(out, err), args);
  }

  /// Runs a command and returns its exit status. Throws nothing.
  static int run(Invocation invocation, String... args) {
    try {
      return Commands.of(invocation, args).execute(args);
    } catch (Throwable failure) {
      // Whatever a command ends in, the user gets one line: memory may be short, a class missing.
      return new Failures(invocation).report(failure);
    } finally {
      invocation.out().flush();
    }
  }

  /// A stream that shows each line as soon as it ends.
  private static PrintStream stream(FileDescriptor descriptor, String encodingProperty) {
    Charset encoding =
        Charset.forName(System.getProperty(encodingProperty, "UTF-8"), Charset.defaultCharset());
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor), BUFFER_BYTES), true, encoding);
  }
}
