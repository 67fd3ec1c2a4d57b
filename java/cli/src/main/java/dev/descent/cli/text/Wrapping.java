package dev.descent.cli.text;

import dev.descent.internal.page.TextWidth;
import java.util.ArrayList;
import java.util.List;

/// Breaks a paragraph into lines: at blanks, and between Chinese letters, where no blanks are. As
/// Chinese typesetting has it, no line begins with closing punctuation or ends with opening one.
public final class Wrapping {
  private static final String NEVER_FIRST = "，。、；：！？）」』》〉…．,.;:!?)]%";
  private static final String NEVER_LAST = "（「『《〈([";

  /// A run of letters that stays together.
  private record Piece(String text, boolean afterBlank) {}

  private Wrapping() {}

  /// Lines of at most `width` columns; a word that is longer stands alone on its line.
  public static List<String> wrap(String paragraph, int width) {
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    int used = 0;
    for (Piece piece : pieces(paragraph)) {
      int blank = piece.afterBlank() && used > 0 ? 1 : 0;
      int columns = TextWidth.of(piece.text());
      if (used > 0 && used + blank + columns > width) {
        lines.add(line.toString());
        line.setLength(0);
        used = 0;
        blank = 0;
      }
      line.append(" ".repeat(blank)).append(piece.text());
      used += blank + columns;
    }
    if (used > 0) {
      lines.add(line.toString());
    }
    return lines;
  }

  private static List<Piece> pieces(String paragraph) {
    List<Piece> pieces = new ArrayList<>();
    var piece = new StringBuilder();
    boolean afterBlank = false;
    int before = ' ';
    for (int letter : paragraph.strip().codePoints().toArray()) {
      boolean blank = Character.isWhitespace(letter);
      if (!piece.isEmpty() && (blank || mayBreak(before, letter))) {
        pieces.add(new Piece(piece.toString(), afterBlank));
        piece.setLength(0);
        afterBlank = false;
      }
      if (blank) {
        afterBlank = true;
      } else {
        piece.appendCodePoint(letter);
      }
      before = letter;
    }
    if (!piece.isEmpty()) {
      pieces.add(new Piece(piece.toString(), afterBlank));
    }
    return pieces;
  }

  /// Whether a line may end between two letters without a blank between.
  private static boolean mayBreak(int before, int after) {
    return (TextWidth.isWide(before) || TextWidth.isWide(after))
        && NEVER_FIRST.indexOf(after) < 0
        && NEVER_LAST.indexOf(before) < 0;
  }
}
