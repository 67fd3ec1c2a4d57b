package dev.descent.cli;

import dev.descent.cli.shell.Invocation;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Runs commands in this virtual machine and keeps what they print.
final class Shell {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private int status;

  /// Runs a command as in a pipe.
  static Shell run(String... args) {
    var shell = new Shell();
    shell.status = Main.run(stream(shell.out), stream(shell.err), args);
    return shell;
  }

  /// Runs a command with an invocation made of these streams.
  static Shell run(Environment environment, String... args) {
    var shell = new Shell();
    shell.status = Main.run(environment.invocation(stream(shell.out), stream(shell.err)), args);
    return shell;
  }

  /// Makes an invocation.
  @FunctionalInterface
  interface Environment {
    Invocation invocation(PrintStream out, PrintStream err);
  }

  static PrintStream stream(OutputStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  int status() {
    return status;
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  List<String> lines() {
    return out().lines().toList();
  }

  @Override
  public String toString() {
    return "status " + status + "\n--- out\n" + out() + "--- err\n" + err();
  }
}
