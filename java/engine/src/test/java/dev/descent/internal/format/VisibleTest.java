package dev.descent.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.testing.Inputs;
import org.junit.jupiter.api.Test;

final class VisibleTest {
  @Test
  void whatATerminalWouldObeyIsEscaped() {
    String[][] pairs = {
      {"a\u001b[2Jb", "a\\u001b[2Jb"},
      {"\u001b]0;title\u0007", "\\u001b]0;title\\u0007"},
      {"one\ntwo\r\n\tthree", "one\\ntwo\\r\\n\\tthree"},
      {"\u009b31m\u0085\u007f\u0000", "\\u009b31m\\u0085\\u007f\\u0000"},
      {"abc\u202egpj.exe\u2069\u200e\u061c", "abc\\u202egpj.exe\\u2069\\u200e\\u061c"},
      {"zero\u200bwidth\ufeff\u00ad\u2060", "zero\\u200bwidth\\ufeff\\u00ad\\u2060"},
      {"half \ud83d of \ude00", "half \\ud83d of \\ude00"},
      {"\u2028\u2029", "\\u2028\\u2029"},
      {"\u3164\u034f\ufe0f\udb40\udd00", "\\u3164\\u034f\\ufe0f\\u{e0100}"},
      {"tag \udb40\udc41", "tag \\u{e0041}"},
      {"\ufdd0\ud83f\udffe", "\\ufdd0\\u{1fffe}"},
    };
    for (String[] pair : pairs) {
      assertEquals(pair[1], Visible.line(pair[0]));
      assertEquals(pair[1], Visible.value(pair[0]));
    }
  }

  @Test
  void allElseStays() {
    for (String text :
        new String[] {"", "C:\\data\\x.csv", "手寫數字 école Ωμέγα עברית", "😀 e\u0301 ▀█⠿ 100 %"}) {
      assertSame(text, Visible.line(text));
    }
  }

  @Test
  void longTextIsCut() {
    String million = "x".repeat(1 << 20);
    assertEquals("x".repeat(40) + "...", Visible.value(million));
    assertEquals(4003, Visible.line(million).length());
    assertEquals("x".repeat(40), Visible.value("x".repeat(40)));
    assertTrue(Visible.value("\u001b".repeat(1 << 20)).length() < 60);
    assertEquals("\"" + "x".repeat(40) + "...\"", Visible.quoted(million));
    assertEquals("\"a\\\"\\n\"", Visible.quoted("a\"\n"));
    // A pair at the limit stays whole.
    assertEquals("x".repeat(39) + "😀...", Visible.value("x".repeat(39) + "😀😀"));
  }

  /// Whatever comes in: one line, and as short as promised.
  @Test
  void nothingGetsThrough() {
    var random = Inputs.fresh();
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(60); n > 0; n--) {
        text.append((char) (random.nextBoolean() ? random.nextInt(1 << 16) : random.nextInt(256)));
      }
      String line = Visible.line(text.toString());
      String what = random + ", " + i;
      assertTrue(
          line.codePoints()
              .noneMatch(c ->
                  Character.isISOControl(c)
                      || Character.getType(c) == Character.FORMAT
                      || Character.getType(c) == Character.SURROGATE
                      || c == 0x2028
                      || c == 0x2029),
          what);
      assertEquals(line, Visible.line(line), what);
      assertTrue(Visible.value(text.toString()).length() < 60, what);
    }
  }

  @Test
  void messagesOfExceptionsAreVisible() {
    var e = new DataException("no class \u001b[31m\nall is well" + "x".repeat(1 << 20));
    assertTrue(e.getMessage().startsWith("no class \\u001b[31m\\nall is well"), e.getMessage());
    assertFalse(e.getMessage().length() > 5000);
  }
}
