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
/// @param isWorthSaving whether the model is: one of NaNs is good for nothing, and one that nothing
///     was done for is what it was
record RunOutcome(String word, @Nullable String reason, int exit, boolean isWorthSaving) {

  static RunOutcome of(RunWatch watch, Interruption interruption, History history) {
    String reason = history.stopReason();
    if (reason == null) {
      return new RunOutcome("done", null, ExitStatus.DONE, true);
    }
    if (watch.hasDiverged()) {
      return new RunOutcome("diverged", reason, ExitStatus.FAILED, false);
    }
    if (interruption.status() != 0) {
      return new RunOutcome(
          "interrupted", watch.whereInterrupted(), interruption.status(), watch.hasLearned());
    }
    return reason.equals(RunWatch.UNHEARD)
        ? new RunOutcome("unheard", reason, ExitStatus.NOBODY_LISTENS, true)
        : new RunOutcome("stopped", reason, ExitStatus.DONE, true);
  }
}
