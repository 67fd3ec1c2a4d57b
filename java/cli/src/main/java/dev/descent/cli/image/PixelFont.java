package dev.descent.cli.image;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;

/// Letters of 5 x 7 pixels, so that pictures can be labelled on machines that have no fonts, and
/// look the same on all.
final class PixelFont {
  static final int WIDTH = 5;
  static final int HEIGHT = 7;

  /// Each row of a letter as a byte, its lowest five bits the pixels, from the top.
  private static final String GLYPHS =
      """
      A0E11111F111111 B1E11111E11111E C0E11101010110E D1E11111111111E E1F10101E10101F
      F1F10101E101010 G0E11101711110F H1111111F111111 I0E04040404040E J0702020202120C
      K11121418141211 L1010101010101F M111B1515111111 N11191513111111 O0E11111111110E
      P1E11111E101010 Q0E11111115120D R1E11111E141211 S0F10100E01011E T1F040404040404
      U1111111111110E V11111111110A04 W11111115151B11 X11110A040A1111 Y11110A04040404
      Z1F01020408101F 00E11131519110E 1040C040404040E 20E11010204081F 31F02040201110E
      402060A121F0202 51F101E0101110E 60608101E11110E 71F010204080808 80E11110E11110E
      90E11110F01020C -0000001F000000 /01010204081010 .00000000000C0C _0000000000001F
      ?0E110102040004 +0004041F040400 :000C0C000C0C00 (02040808080402 )08040202020408
      """;

  private static final byte[] UNKNOWN = HexFormat.of().parseHex("1f11111111111f");
  private static final Map<Character, byte[]> BY_LETTER = parse();

  private PixelFont() {}

  private static Map<Character, byte[]> parse() {
    Map<Character, byte[]> glyphs = new HashMap<>();
    StringTokenizer tokens = new StringTokenizer(GLYPHS);
    while (tokens.hasMoreTokens()) {
      String glyph = tokens.nextToken();
      glyphs.put(glyph.charAt(0), HexFormat.of().parseHex(glyph.substring(1)));
    }
    glyphs.put(' ', new byte[HEIGHT]);
    return Map.copyOf(glyphs);
  }

  /// Whether a letter has ink at a place. Small letters look like capitals; letters that are
  /// missing are boxes.
  static boolean ink(char letter, int column, int row) {
    byte[] glyph =
        BY_LETTER.getOrDefault(String.valueOf(letter).toUpperCase(Locale.ROOT).charAt(0), UNKNOWN);
    return (glyph[row] >> (WIDTH - 1 - column) & 1) != 0;
  }
}
