package dev.descent.cli.shell;

import dev.descent.internal.format.Visible;
import java.io.PrintStream;
import java.util.function.LongSupplier;

/// What a command runs in: where its words go and what can interrupt it.
///
/// @param out results and progress
/// @param err errors
/// @param terminal what is known of the terminal behind `out`
/// @param nanoTime a clock, as [System#nanoTime]
/// @param interruption what ends a run early
public record Invocation(
    PrintStream out,
    PrintStream err,
    Terminal terminal,
    LongSupplier nanoTime,
    Interruption interruption) {

  /// One that writes to these streams as into a pipe, with the real clock.
  public static Invocation piped(PrintStream out, PrintStream err) {
    return new Invocation(out, err, Terminal.NONE, System::nanoTime, Interruption.none());
  }

  /// Prints a line of a report; what names and files have put into it is made visible.
  public void print(String line) {
    out.println(Visible.line(line));
  }

  /// Prints a line of a drawing of ours, with its colours.
  public void draw(String line) {
    out.println(line);
  }

  /// Prints what went wrong, as one line: `descent: ...`.
  public void complain(String line) {
    err.println("descent: " + Visible.line(line));
  }

  /// Whether the reader of `out` has gone away.
  public boolean nobodyListens() {
    return out.checkError();
  }
}
