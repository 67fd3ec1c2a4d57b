package dev.descent.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Seeds;
import org.junit.jupiter.api.Test;

class QuotedTest {
  @Test
  void ordinaryTextStaysAsItIs() {
    assertEquals("\"dense1.weight\"", Quoted.of("dense1.weight"));
    assertEquals("\"\"", Quoted.of(""));
    assertEquals("\"\u00fcber \u6570\u5b57 \ud83d\ude00\"", Quoted.of("\u00fcber \u6570\u5b57 \ud83d\ude00"));
    assertEquals("\"a\\\"b\\\\c\"", Quoted.of("a\"b\\c"));
  }

  @Test
  void longTextIsCutBetweenCharacters() {
    assertEquals("\"" + "n".repeat(40) + "\"", Quoted.of("n".repeat(40)));
    assertEquals("\"" + "n".repeat(40) + "...\"", Quoted.of("n".repeat(41)));
    String faces = "\ud83d\ude00".repeat(50);
    assertEquals("\"" + "\ud83d\ude00".repeat(40) + "...\"", Quoted.of(faces));
    assertEquals("ab...", Quoted.cut("abc", 2));
  }

  @Test
  void whatATerminalObeysIsShownInstead() {
    assertEquals("\"\\u001b[2J\\n\\r\\t\"", Quoted.of("\u001b[2J\n\r\t"));
    assertEquals("\"\\u009b1m\\u007f\\u202eevil\\u2066\"", Quoted.of("\u009b1m\u007f\u202eevil\u2066"));
    assertEquals("\"\\u2028\\u2029\\ud800x\\ufeff\"", Quoted.of("\u2028\u2029\ud800x\ufeff"));
    assertEquals("\"\\u{e0041}\"", Quoted.of("\udb40\udc41"));
  }

  @Test
  void whateverTheTextIsTheResultIsShortAndOnOneLine() {
    Seeds.check(
        2_000,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int i = random.nextInt(100); i > 0; i--) {
            text.appendCodePoint(random.nextInt(random.nextBoolean() ? 0x10FFFF : 0x3000));
          }
          String quoted = Quoted.of(text.toString());
          assertTrue(quoted.length() <= 40 * 10 + 5, quoted);
          assertEquals(1, quoted.lines().count(), quoted);
          assertTrue(
              quoted
                  .codePoints()
                  .noneMatch(c ->
                      Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
              quoted);
        });
  }
}
