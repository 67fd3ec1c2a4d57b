package dev.descent.cli.shell;

import dev.descent.data.read.TableReader;

/// Shows how far a table or a folder of pictures has been read: on a terminal as a line that is
/// redrawn, elsewhere not at
/// all.
public final class ReadProgress implements TableReader.Progress {
  private final Invocation invocation;
  private final boolean pictures;
  private final long begun;
  private long lastDrawn;

  /// @param pictures whether pictures are counted, not bytes
  public ReadProgress(Invocation invocation, boolean pictures) {
    this.invocation = invocation;
    this.pictures = pictures;
    this.begun = invocation.nanoTime().getAsLong();
    this.lastDrawn = begun;
  }

  @Override
  public void at(long done, long all) {
    long now = invocation.nanoTime().getAsLong();
    if (!invocation.terminal().present() || now - lastDrawn < Progress.REDRAW_NANOS) {
      return;
    }
    lastDrawn = now;
    double rate = done / Math.max(1e-9, (now - begun) * 1e-9);
    String of = all > 0 ? " of " + amount(all) : "";
    invocation
        .out()
        .print("\r  reading: %s%s, %s/s  ".formatted(amount(done), of, amount((long) rate)));
    invocation.out().flush();
  }

  private String amount(long count) {
    return pictures ? Text.format("%,d pictures", count) : Text.bytes(count);
  }

  @Override
  public void end() {
    if (lastDrawn != begun) {
      invocation.print("");
      lastDrawn = begun;
    }
  }
}
