package dev.descent.cli.data;

import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.Text;
import dev.descent.data.known.DataFetcher;

/// Shows how a download goes: on a terminal as a line that is redrawn, elsewhere not at all.
final class FetchProgress implements DataFetcher.Listener {
  private final Invocation invocation;
  private long lastDrawn;
  private int drawnLength;
  private volatile boolean cancelled;

  FetchProgress(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public void progress(String file, long bytes, long totalBytes) {
    long now = invocation.nanoTime().getAsLong();
    boolean due =
        drawnLength == 0 || bytes == totalBytes || now - lastDrawn >= Progress.REDRAW_NANOS;
    if (!invocation.terminal().present() || !due) {
      return;
    }
    String of = totalBytes > 0 ? " of " + Text.bytes(totalBytes) : "";
    String line = "  %s: %s%s".formatted(file, Text.bytes(bytes), of);
    invocation.out().print("\r" + line + " ".repeat(Math.max(0, drawnLength - line.length())));
    invocation.out().flush();
    lastDrawn = now;
    drawnLength = line.length();
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  /// Gives up. May be called from any thread.
  void cancel() {
    cancelled = true;
  }

  /// Leaves the line that is being redrawn, if there is one, as it is.
  void endLine() {
    if (drawnLength > 0) {
      invocation.print("");
      drawnLength = 0;
    }
  }
}
