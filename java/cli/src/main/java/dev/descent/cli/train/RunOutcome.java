package dev.descent.cli.train;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Interruption;
import dev.descent.train.History;
import org.jspecify.annotations.Nullable;

/// How training ended.
///
/// @param word for the log: done, stopped (early, by a callback), interrupted, unheard or diverged
/// @param reason why it ended before its last epoch, in one line; null if it did not
/// @param exit the exit status
record RunOutcome(String word, @Nullable String reason, int exit) {

  static RunOutcome of(RunWatch watch, Interruption interruption, History history) {
    String reason = history.stopReason();
    if (reason == null) {
      return new RunOutcome("done", null, ExitStatus.DONE);
    }
    if (watch.hasDiverged()) {
      return new RunOutcome("diverged", reason, ExitStatus.FAILED);
    }
    if (interruption.status() != 0) {
      return new RunOutcome("interrupted", watch.whereInterrupted(), interruption.status());
    }
    return reason.equals(RunWatch.UNHEARD)
        ? new RunOutcome("unheard", reason, ExitStatus.NOBODY_LISTENS)
        : new RunOutcome("stopped", reason, ExitStatus.DONE);
  }

  /// A model of NaNs is good for nothing, and may replace one that was.
  boolean isWorthSaving() {
    return exit != ExitStatus.FAILED;
  }
}
