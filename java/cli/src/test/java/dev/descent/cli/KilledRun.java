package dev.descent.cli;

import dev.descent.cli.shell.Interruption;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.Terminal;
import java.util.concurrent.atomic.AtomicLong;

/// The command line in a JVM that is going to be killed: it says each step that it has done.
public final class KilledRun {
  private KilledRun() {}

  public static void main(String[] args) {
    // A clock by which it is always time to redraw the line.
    var clock = new AtomicLong();
    var terminal = new Terminal(true, Terminal.DEFAULT_WIDTH);
    System.exit(
        Main.run(
            new Invocation(
                Shell.stream(System.out),
                Shell.stream(System.err),
                terminal,
                () -> clock.addAndGet(Progress.REDRAW_NANOS),
                Interruption.none()),
            args));
  }
}
