package dev.descent.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.page.TextWidth;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void wordsAreWrapped() {
    assertEquals(
        List.of("the loss of", "every line"), Wrapping.wrap(" the  loss of every line", 12));
    assertEquals(List.of("a", "unbreakable", "b"), Wrapping.wrap("a unbreakable b", 5));
    assertEquals(
        List.of("see m\u00A0=\u00A02", "now"), Wrapping.wrap("see m\u00A0=\u00A02 now", 10));
    assertEquals(List.of(), Wrapping.wrap("   ", 10));
    assertEquals(List.of(), Wrapping.wrap("", 1));
  }

  @Test
  void chineseIsWrappedAnywhereButBeforeClosingPunctuation() {
    assertEquals(List.of("損失函", "數，梯度"), Wrapping.wrap("損失函數，梯度", 8));
    assertEquals(List.of("學習率", "（λ）"), Wrapping.wrap("學習率（λ）", 8));
    assertEquals(List.of("取 MSE", "的導數"), Wrapping.wrap("取 MSE 的導數", 7));
  }

  @Test
  void linesAreNeverTooLongAndLoseNothing() {
    long seed = Long.getLong("descent.seed", System.nanoTime());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    String letters = "ab c,.（）「」，。損失函數 ";
    for (int i = 0; i < 5000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(60); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      int width = 6 + random.nextInt(40);
      List<String> lines = Wrapping.wrap(text.toString(), width);
      String why = "seed " + seed + ", width " + width + ": " + text;
      assertEquals(text.toString().replace(" ", ""), String.join("", lines).replace(" ", ""), why);
      for (String line : lines) {
        // A piece that can't be broken may be longer.
        boolean broken = line.indexOf(' ') > 0;
        assertTrue(TextWidth.of(line) <= width || !broken || line.matches(".*[，。）」,.].*"), why);
        assertFalse(line.isBlank() || !line.equals(line.strip()), why);
      }
    }
  }

  @Test
  void tablesAlignWideLettersToo() {
    var table =
        new TextTable(
            List.of("步", "損失", "b"), List.of(List.of("1", "2.5", "-1"), List.of("10", "0", "7")));
    assertEquals(List.of("  步  損失   b", "  1    2.5  -1", "  10     0   7"), table.lines(40));
    assertEquals(
        List.of("  步  損失", "  1    2.5", "  10     0", "", "  步   b", "  1   -1", "  10   7"),
        table.lines(13));
    assertEquals(
        List.of("  only", "  x"), new TextTable(List.of("only"), List.of(List.of("x"))).lines(3));
  }

  @Test
  void lettersThatAreMissingAreSpelled() {
    Letters ascii = new Letters(StandardCharsets.US_ASCII);
    assertEquals("lambda -> 2^2, ?", ascii.spell("λ → 2², 損"));
    assertEquals("plain", ascii.spell("plain"));
    assertFalse(ascii.have("損失"));
    Letters unicode = new Letters(StandardCharsets.UTF_8);
    assertEquals("λ → 2², 損", unicode.spell("λ → 2², 損"));
  }
}
