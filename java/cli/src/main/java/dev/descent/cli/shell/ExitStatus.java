package dev.descent.cli.shell;

/// What the command's exit status says. A run that a signal ended has [#SIGNAL] plus the signal's
/// number, as shells have it: 130 after Ctrl-C (SIGINT), 143 after SIGTERM, 129 after SIGHUP.
public final class ExitStatus {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;
  public static final int BACKEND_UNAVAILABLE = 3;
  public static final int DATA = 4;
  static final int SIGNAL = 128;

  /// The reader of standard output is gone and no other output was requested: as after SIGPIPE.
  public static final int NOBODY_LISTENS = SIGNAL + 13;

  private ExitStatus() {}
}
