package dev.descent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The messages of the sources that advise something: an option, a command, a variable to set, or
/// something to do. Read from string literals; those that are joined with `+` are one message, in
/// which `%s` stands for what is not a literal. Texts of help stand in annotations and are no
/// messages; neither are text blocks, which are pages.
final class AdviceInSources {
  private static final Pattern OPTION =
      Pattern.compile("(?<![\\w-])(?:--[a-z][\\w-]*\\w|-X[a-z]+)");
  private static final Pattern NAMED =
      Pattern.compile(
          OPTION.pattern() + "|\\bdescent [a-z]|\\b(?:DESCENT|XDG|LC|LD)_[A-Z]+|did you mean");
  private static final Pattern TO_DO =
      Pattern.compile(
          "(?:[;,(:] |\\bor |\\band )(?:add|ask|choose|close|convert|export|free|give|go|have|increase"
              + "|install|leave|look|lower|make|move|name|pack|pass|place|put|raise|read|reduce|rename"
              + "|replace|run|save|say|see|set|shorten|start|take|train|try|unpack|use|wait|write)\\b"
              + "|\\bmay help\\b|\\bgo(?:es)? on\\b");
  private static final Pattern WORD = Pattern.compile("[a-zA-Z]{2,}");
  private static final Pattern SPECIFIER =
      Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(]*[\\d.]*[a-zA-Z%]");

  private AdviceInSources() {}

  /// A message.
  ///
  /// @param file where it stands, and its line
  record Message(String file, String text) {
    /// Whether this is what a program said.
    boolean isIn(String said) {
      StringBuilder regex = new StringBuilder();
      Matcher specifier = SPECIFIER.matcher(text);
      int from = 0;
      while (specifier.find()) {
        regex.append(Pattern.quote(text.substring(from, specifier.start()))).append(".*?");
        from = specifier.end();
      }
      regex.append(Pattern.quote(text.substring(from)));
      return Pattern.compile(regex.toString()).matcher(said).find();
    }

    /// The options that it names.
    Set<String> options() {
      Set<String> options = new LinkedHashSet<>();
      Matcher option = OPTION.matcher(text);
      while (option.find()) {
        options.add(option.group());
      }
      return options;
    }

    @Override
    public String toString() {
      return file + ": " + text;
    }
  }

  /// Reads all sources below a folder.
  static List<Message> below(Path folder) throws IOException {
    List<Message> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        new Scanner(String.valueOf(file.getFileName()), Files.readString(file)).messages(found);
      }
    }
    return found;
  }

  private static boolean advises(String text) {
    return WORD.matcher(text).results().count() >= 3
        && text.contains(" ")
        && (NAMED.matcher(text).find() || TO_DO.matcher(text).find());
  }

  /// A piece of a source: a literal, or something else in one character.
  private record Token(boolean literal, String text, int line) {
    boolean is(char sign) {
      return !literal && text.charAt(0) == sign;
    }
  }

  /// Finds the messages of one source.
  private static final class Scanner {
    private final String name;
    private final List<Token> tokens = new ArrayList<>();

    Scanner(String name, String source) {
      this.name = name;
      int line = 1;
      for (int i = 0; i < source.length(); ) {
        char c = source.charAt(i);
        int end = i + 1;
        if (source.startsWith("//", i)) {
          end = source.indexOf('\n', i);
        } else if (source.startsWith("/*", i)) {
          end = source.indexOf("*/", i) + 2;
        } else if (source.startsWith("\"\"\"", i)) {
          end = source.indexOf("\"\"\"", i + 3) + 3;
        } else if (c == '"' || c == '\'') {
          while (source.charAt(end) != c) {
            end += source.charAt(end) == '\\' ? 2 : 1;
          }
          String inside = source.substring(i + 1, end);
          end++;
          tokens.add(new Token(c == '"', c == '"' ? plain(inside) : "'", line));
        } else if (!Character.isWhitespace(c)) {
          tokens.add(new Token(false, String.valueOf(c), line));
        }
        line += (int) source.substring(i, end).chars().filter(x -> x == '\n').count();
        i = end;
      }
    }

    /// What a literal means; of its letters only those that a message has are translated.
    private static String plain(String literal) {
      return literal.replaceAll("(?<!\\\\)\\\\u+[0-9a-fA-F]{4}", "?").translateEscapes();
    }

    void messages(List<Message> found) {
      messages(0, tokens.size(), found);
    }

    private void messages(int from, int to, List<Message> found) {
      for (int i = from; i < to; ) {
        if (tokens.get(i).is('@')) {
          i = afterAnnotation(i);
        } else if (tokens.get(i).literal()) {
          i = message(i, to, found);
        } else {
          i++;
        }
      }
    }

    /// Skips the annotation's name and what is in its parentheses.
    private int afterAnnotation(int at) {
      int i = at + 1;
      while (i < tokens.size() && isOfName(tokens.get(i))) {
        i++;
      }
      return i < tokens.size() && tokens.get(i).is('(')
          ? operandEnd(i + 1, tokens.size(), ")") + 1
          : i;
    }

    private static boolean isOfName(Token token) {
      char c = token.text().isEmpty() ? ' ' : token.text().charAt(0);
      return !token.literal() && (Character.isJavaIdentifierPart(c) || c == '.');
    }

    private int message(int from, int to, List<Message> found) {
      Token first = tokens.get(from);
      StringBuilder text = new StringBuilder(first.text());
      int i = from + 1;
      while (i + 1 < to && tokens.get(i).is('+') && !tokens.get(i + 1).is('=')) {
        i++;
        if (tokens.get(i).literal()) {
          text.append(tokens.get(i++).text());
        } else {
          int end = operandEnd(i, to, "+,;:?)");
          messages(i, end, found);
          text.append("%s");
          i = end;
        }
      }
      if (advises(text.toString())) {
        found.add(new Message(name + ":" + first.line(), text.toString()));
      }
      return i;
    }

    /// The first of these signs that no bracket holds.
    private int operandEnd(int from, int to, String signs) {
      int depth = 0;
      for (int i = from; i < to; i++) {
        Token token = tokens.get(i);
        if (token.literal()) {
          continue;
        }
        char c = token.text().charAt(0);
        if (depth == 0 && signs.indexOf(c) >= 0) {
          return i;
        }
        depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
        if (depth < 0) {
          return i;
        }
      }
      return to;
    }
  }
}
