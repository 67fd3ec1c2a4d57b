package dev.descent.cli.compare;

import java.util.ArrayList;
import java.util.List;

/// Lets several threads work one after the other, round and round, so that what they measure meets
/// the same machine: each waits for its turn, and gives it on.
///
/// @param <P> whoever takes turns; compared by equals
public final class Turns<P> {
  private final List<P> waiting;

  /// @param participants in their order; the first has the first turn
  public Turns(List<P> participants) {
    waiting = new ArrayList<>(participants);
  }

  /// Waits until it is the participant's turn. An interrupt does not end the wait: work that was
  /// begun is stopped by its own means.
  public synchronized void await(P participant) {
    boolean interrupted = false;
    while (!waiting.getFirst().equals(participant)) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Gives the turn to the next.
  public synchronized void pass(P participant) {
    if (waiting.remove(participant)) {
      waiting.add(participant);
    }
    notifyAll();
  }

  /// Takes part no longer.
  public synchronized void leave(P participant) {
    waiting.remove(participant);
    notifyAll();
  }
}
