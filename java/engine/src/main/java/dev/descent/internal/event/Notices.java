package dev.descent.internal.event;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What an operator must know, in the log of the application ([System.Logger] `dev.descent`), once
/// each in the life of the JVM.
public final class Notices {
  private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

  private static volatile boolean silent;

  private Notices() {}

  /// Logs nothing from now on, for a program that says it all itself.
  public static void silence() {
    silent = true;
  }

  /// Something that makes training or predictions slower than they could be.
  public static void warn(String message) {
    log(Level.WARNING, message);
  }

  /// A choice that was made.
  public static void inform(String message) {
    log(Level.INFO, message);
  }

  private static void log(Level level, String message) {
    if (!silent && LOGGED.add(message)) {
      System.getLogger("dev.descent").log(level, message);
    }
  }
}
