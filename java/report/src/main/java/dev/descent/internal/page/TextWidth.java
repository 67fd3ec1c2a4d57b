package dev.descent.internal.page;

/// How many columns text takes in a terminal or in a font whose letters are all as wide: two for
/// Chinese, Japanese and Korean letters and their punctuation, none for marks that are written over
/// the letter before, one for all others (Unicode Standard Annex #11, wide and fullwidth).
public final class TextWidth {
  private TextWidth() {}

  /// The columns of a text on one line.
  public static int of(String text) {
    return text.codePoints().map(TextWidth::of).sum();
  }

  /// The columns of a letter: 0, 1 or 2.
  public static int of(int letter) {
    return switch (Character.getType(letter)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
      default -> isWide(letter) ? 2 : 1;
    };
  }

  /// Whether a letter is as wide as two.
  public static boolean isWide(int letter) {
    return (letter >= 0x1100 && letter <= 0x115F)
        || (letter >= 0x2E80 && letter <= 0x303E)
        || (letter >= 0x3041 && letter <= 0xA4CF)
        || (letter >= 0xAC00 && letter <= 0xD7A3)
        || (letter >= 0xF900 && letter <= 0xFAFF)
        || (letter >= 0xFE30 && letter <= 0xFE6F)
        || (letter >= 0xFF01 && letter <= 0xFF60)
        || (letter >= 0xFFE0 && letter <= 0xFFE6)
        || (letter >= 0x1F300 && letter <= 0x1FAFF)
        || (letter >= 0x20000 && letter <= 0x3FFFD);
  }
}
