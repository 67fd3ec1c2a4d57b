package dev.descent.cli.shell;

import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.TrainingRun;

/// Shows how training goes: on a terminal a line that is redrawn, elsewhere a line an epoch.
public final class Progress implements Callback {
  /// A line redrawn more often than this flickers, and costs time.
  public static final long REDRAW_NANOS = 50_000_000;

  /// The `^C` that terminals show behind the line must not make it wrap.
  private static final int INTERRUPT_ECHO = 2;

  private final Invocation invocation;
  private final Terminal terminal;
  private long lastDrawn;
  private int drawnLength;

  public Progress(Invocation invocation) {
    this.invocation = invocation;
    this.terminal = invocation.terminal();
  }

  @Override
  public void onEpochBegin(TrainingRun run, int epoch) {
    if (terminal.present()) {
      invocation.print("Epoch " + epoch + "/" + run.settings().epochs());
    }
  }

  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    if (!terminal.present()) {
      return;
    }
    long now = invocation.nanoTime().getAsLong();
    boolean edge = drawnLength == 0 || batch.step() == batch.steps();
    if (edge || now - lastDrawn >= REDRAW_NANOS) {
      draw(ProgressText.running(batch, terminal.width() - INTERRUPT_ECHO));
      lastDrawn = now;
    }
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    TrainingRun.Settings settings = run.settings();
    if (terminal.present()) {
      draw(ProgressText.finished(epoch, settings.steps(), terminal.width()));
      endLine();
    } else {
      invocation.print(ProgressText.line(epoch, settings.epochs(), settings.steps()));
    }
  }

  @Override
  public void onWarning(TrainingRun run, String warning) {
    endLine();
    invocation.print("warning: " + warning);
  }

  @Override
  public void onTrainEnd(TrainingRun run, History history) {
    endLine();
  }

  /// Replaces what stands on the line, and leaves the cursor behind it.
  private void draw(String line) {
    String blanks = " ".repeat(Math.max(0, drawnLength - line.length()));
    invocation.out().print("\r" + line + blanks);
    invocation.out().flush();
    drawnLength = line.length();
  }

  /// Leaves the line that is being redrawn, if there is one, as it is.
  public void endLine() {
    if (drawnLength > 0) {
      invocation.print("");
      drawnLength = 0;
    }
  }
}
