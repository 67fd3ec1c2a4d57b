package dev.descent.cli;

import dev.descent.internal.event.Notices;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// Runs several commands in one virtual machine, one after the other: for tests whose commands need
/// a virtual machine or an environment of their own.
final class SeveralCommands {
  /// Stands between commands.
  static final String NEXT = "//";

  /// Ends what a command says; its status follows.
  static final String STATUS = "\n//status ";

  private SeveralCommands() {}

  public static void main(String[] args) {
    Notices.silence();
    Charset encoding = Charset.forName(System.getProperty("stdout.encoding", "UTF-8"));
    PrintStream out = new PrintStream(System.out, true, encoding);
    List<String> words = new ArrayList<>();
    for (String word : args) {
      if (word.equals(NEXT)) {
        int status = Main.run(out, out, words.toArray(String[]::new));
        out.print(STATUS + status + "\n");
        words.clear();
      } else {
        words.add(word);
      }
    }
    out.flush();
    System.exit(0);
  }

  /// The arguments that run these commands.
  static List<String> arguments(List<List<String>> commands) {
    List<String> all = new ArrayList<>();
    for (List<String> command : commands) {
      all.addAll(command);
      all.add(NEXT);
    }
    return all;
  }

  /// What each command said, its status behind it.
  static List<String> parts(String said) {
    return Arrays.asList(said.split(Pattern.quote(STATUS), -1));
  }
}
