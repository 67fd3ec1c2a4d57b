package dev.descent.cli;

/// What the command's exit status says. A run that a signal ended has [#SIGNAL] plus the signal's
/// number, as shells have it: 130 after Ctrl-C (SIGINT), 143 after SIGTERM, 129 after SIGHUP.
final class ExitStatus {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int BACKEND_UNAVAILABLE = 3;
  static final int DATA = 4;
  static final int SIGNAL = 128;

  /// The reader of standard output went away, and nothing else was asked for: as after SIGPIPE.
  static final int NOBODY_LISTENS = SIGNAL + 13;

  private ExitStatus() {}
}
