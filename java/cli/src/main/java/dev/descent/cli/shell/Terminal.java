package dev.descent.cli.shell;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The terminal behind standard output, if there is one.
///
/// @param present whether output goes to a terminal that can redraw a line
/// @param width in columns
/// @param colours whether it shows colours and the user wants them
public record Terminal(boolean present, int width, boolean colours) {
  public static final int DEFAULT_WIDTH = 80;

  /// Output that goes into a file or a pipe.
  public static final Terminal NONE = new Terminal(false, DEFAULT_WIDTH);

  private static final int LEAST_WIDTH = 20;
  private static final int PATIENCE_SECONDS = 1;

  /// One without colours.
  public Terminal(boolean present, int width) {
    this(present, width, false);
  }

  /// Finds out what standard output is. Colours are left out where NO_COLOR says anything
  /// (no-color.org).
  public static Terminal detect() {
    String kind = System.getenv("TERM");
    if (!isTerminal() || "dumb".equals(kind)) {
      return NONE;
    }
    String noColour = System.getenv("NO_COLOR");
    return new Terminal(true, findWidth(), noColour == null || noColour.isEmpty());
  }

  /// The console knows of standard input and output together only; where the system tells what
  /// standard output alone is, that decides.
  private static boolean isTerminal() {
    Path output = Path.of("/proc/self/fd/1");
    try {
      if (Files.isSymbolicLink(output)) {
        String target = Files.readSymbolicLink(output).toString();
        return target.startsWith("/dev/pts/")
            || target.startsWith("/dev/tty")
            || target.equals("/dev/console");
      }
    } catch (IOException _) {
      // The console will tell.
    }
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static int findWidth() {
    Integer columns = number(System.getenv("COLUMNS"));
    if (columns == null) {
      columns = askTerminal();
    }
    return columns == null || columns < LEAST_WIDTH ? DEFAULT_WIDTH : columns;
  }

  /// Asks `stty`, which prints rows and columns; the JDK has no call for it.
  private static @Nullable Integer askTerminal() {
    if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
      return null;
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(Path.of("/dev/tty").toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return null;
      }
      try (var words = new Scanner(stty.getInputStream(), StandardCharsets.US_ASCII)) {
        return words.hasNext() && words.next() != null && words.hasNext()
            ? number(words.next())
            : null;
      }
    } catch (IOException _) {
      return null;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static @Nullable Integer number(@Nullable String text) {
    if (text == null || !text.matches("[0-9]{1,5}")) {
      return null;
    }
    return Integer.valueOf(text);
  }
}
