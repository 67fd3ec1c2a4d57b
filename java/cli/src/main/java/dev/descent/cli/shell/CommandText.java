package dev.descent.cli.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/// A command as it can be typed into a shell again.
public final class CommandText {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,+@%^-]+");

  private CommandText() {}

  /// What was typed, and behind it what was left to the program to choose.
  ///
  /// @param chosen flags and their values, in turn; left out where the flag was typed
  public static String of(CommandSpec spec, String... chosen) {
    List<String> typed = spec.commandLine().getParseResult().originalArgs();
    List<String> words = new ArrayList<>();
    words.add("descent");
    words.addAll(typed);
    for (int i = 0; i < chosen.length; i += 2) {
      String flag = chosen[i];
      if (typed.stream().noneMatch(word -> word.equals(flag) || word.startsWith(flag + "="))) {
        words.add(flag);
        words.add(chosen[i + 1]);
      }
    }
    return String.join(" ", words.stream().map(CommandText::quoted).toList());
  }

  /// A word as a POSIX shell reads it.
  public static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
