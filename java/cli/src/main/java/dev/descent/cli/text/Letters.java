package dev.descent.cli.text;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.Map;

/// What an encoding can show. A letter that it lacks is spelled in those that every encoding has.
public final class Letters {
  private static final Map<Integer, String> SPELLED =
      Map.ofEntries(
          spelled('−', "-"),
          spelled('–', "-"),
          spelled('—', "-"),
          spelled('×', "x"),
          spelled('·', "*"),
          spelled('²', "^2"),
          spelled('½', "1/2"),
          spelled('±', "+-"),
          spelled('√', "sqrt"),
          spelled('Σ', "sum"),
          spelled('∂', "d"),
          spelled('≈', "~"),
          spelled('≤', "<="),
          spelled('≥', ">="),
          spelled('→', "->"),
          spelled('…', "..."),
          spelled('‘', "'"),
          spelled('’', "'"),
          spelled('“', "\""),
          spelled('”', "\""),
          spelled('\u00A0', "\u00A0"),
          spelled('λ', "lambda"),
          spelled('μ', "mu"),
          spelled('σ', "sigma"),
          spelled('Φ', "Phi"),
          spelled('φ', "phi"),
          spelled('β', "beta"),
          spelled('ρ', "rho"),
          spelled('ε', "eps"));

  private final CharsetEncoder encoder;

  public Letters(Charset charset) {
    encoder = charset.newEncoder();
  }

  /// Whether every letter of a text is there.
  public boolean have(String text) {
    return encoder.canEncode(text);
  }

  /// The text in letters that are there; `?` for one that is not and has no spelling.
  public String spell(String text) {
    if (have(text)) {
      return text;
    }
    var out = new StringBuilder();
    text.codePoints()
        .forEach(letter -> {
          String same = Character.toString(letter);
          out.append(encoder.canEncode(same) ? same : SPELLED.getOrDefault(letter, "?"));
        });
    return out.toString();
  }

  private static Map.Entry<Integer, String> spelled(char letter, String spelling) {
    return Map.entry((int) letter, spelling);
  }
}
