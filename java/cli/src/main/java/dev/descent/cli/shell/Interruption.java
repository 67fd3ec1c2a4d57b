package dev.descent.cli.shell;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Ends a run early when a signal comes: the first asks it to stop after the current step, a second
/// ends the program at once.
///
/// Thread-safe: signals come on threads of their own.
public final class Interruption {
  private final IntConsumer end;
  private final Consumer<Interruption> connect;
  private @Nullable Runnable stop;
  private int status;

  /// @param end takes the exit status, and ends the program
  /// @param connect makes signals come here, once there is something to stop
  public Interruption(IntConsumer end, Consumer<Interruption> connect) {
    this.end = end;
    this.connect = connect;
  }

  /// One that signals end the program through.
  public static Interruption bySignals() {
    return new Interruption(Runtime.getRuntime()::halt, Signals::sendTo);
  }

  /// An interruption that receives no signals.
  public static Interruption none() {
    return new Interruption(status -> {}, interruption -> {});
  }

  /// A signal has come.
  ///
  /// @param signal its number
  public void signal(int signal) {
    Runnable ask = first(ExitStatus.SIGNAL + signal);
    if (ask == null) {
      end.accept(ExitStatus.SIGNAL + signal);
    } else {
      ask.run();
    }
  }

  /// What asks the run to stop if this is the first signal, else null.
  private synchronized @Nullable Runnable first(int signalStatus) {
    if (status != 0) {
      return null;
    }
    status = signalStatus;
    return stop;
  }

  /// From now on a signal makes this call `stop` instead of ending the program.
  public void guard(Runnable newStop) {
    synchronized (this) {
      stop = newStop;
    }
    connect.accept(this);
  }

  /// The exit status that the signal asks for, or 0 if none came.
  public synchronized int status() {
    return status;
  }
}
