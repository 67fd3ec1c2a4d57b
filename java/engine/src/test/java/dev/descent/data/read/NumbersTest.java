package dev.descent.data.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NumbersTest {
  private static float parse(String text) {
    byte[] bytes = ("x" + text + "x").getBytes(StandardCharsets.ISO_8859_1);
    return Numbers.parse(bytes, 1, bytes.length - 1);
  }

  private static void assertExact(String text) {
    assertEquals(
        Float.floatToIntBits(Float.parseFloat(text)), Float.floatToIntBits(parse(text)), text);
  }

  @Test
  void equalsParseFloatToTheLastBit() {
    Inputs.check(
        2000,
        random -> {
          float value = Float.intBitsToFloat(random.nextInt());
          if (Float.isFinite(value)) {
            assertExact(Float.toString(value));
            assertExact(new BigDecimal(value).toString());
          }
          assertExact(Double.toString(random.nextGaussian()));
          assertExact(random.nextLong() + "." + random.nextInt(Integer.MAX_VALUE));
          assertExact(random.nextInt() + "e" + random.nextInt(-60, 60));
        });
  }

  /// Half-way between two floats, and a hair beside: where rounding twice would err.
  @Test
  void roundsTiesOnce() {
    Inputs.check(
        2000,
        random -> {
          float low = random.nextInt(1 << 23, 1 << 24) * 0x1p-20f;
          BigDecimal tie =
              new BigDecimal(low).add(new BigDecimal(Math.nextUp(low))).divide(BigDecimal.TWO);
          assertExact(tie.toPlainString());
          assertExact(tie.add(new BigDecimal("1e-25")).toPlainString());
          assertExact(tie.subtract(new BigDecimal("1e-25")).toPlainString());
        });
  }

  /// Eight bytes at once count and give what a loop over them does, whatever follows the digits.
  @Test
  void readsEightDigitsAtOnce() {
    Inputs.check(
        2000,
        random -> {
          byte[] bytes = new byte[Long.BYTES + 1];
          random.nextBytes(bytes);
          int digits = random.nextInt(Long.BYTES + 1);
          for (int i = 1; i <= digits; i++) {
            bytes[i] = (byte) random.nextInt('0', '9' + 1);
          }
          if (digits < Long.BYTES) {
            byte[] odd = {'/', ':', ',', '\n', 0, -1, (byte) 0xB0, (byte) 0x8A};
            bytes[digits + 1] = odd[random.nextInt(odd.length)];
          }
          long word = TextBytes.word(bytes, 1);
          assertEquals(digits, Numbers.digits(word));
          String text = new String(bytes, 1, digits, StandardCharsets.US_ASCII);
          assertEquals(Long.parseLong("0" + text), Numbers.whole(word, digits));
        });
  }

  @Test
  void findsABytePastAnyNumberOfOthers() {
    Inputs.check(
        2000,
        random -> {
          byte[] bytes = new byte[random.nextInt(40)];
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(12) - 1);
          }
          int from = random.nextInt(bytes.length + 1);
          int to = random.nextInt(from, bytes.length + 1);
          byte wanted = (byte) (random.nextInt(12) - 1);
          int expected = from;
          while (expected < to && bytes[expected] != wanted) {
            expected++;
          }
          assertEquals(expected, TextBytes.find(bytes, from, to, wanted));
        });
  }

  @Test
  void readsOddForms() {
    for (String text :
        new String[] {
          "0",
          "-0",
          "+5",
          ".5",
          "5.",
          "1E+2",
          "1e-2",
          "00000000000000000000000000001",
          "9007199254740993",
          "123456789012345678901234567890",
          "1e-50",
          "3.4028236e38"
        }) {
      assertExact(text);
    }
    assertTrue(Float.isInfinite(parse("1e39")));
    assertTrue(Float.isInfinite(parse("1e99999999999")));
    assertEquals(0f, parse("1e-99999999999"));
  }

  @Test
  void refusesWhatIsNoDecimalNumber() {
    for (String text :
        new String[] {
          "",
          "-",
          ".",
          "e5",
          "1e",
          "1e+",
          "1.2.3",
          "1f",
          "1d",
          "0x1p3",
          "NaN",
          "Infinity",
          " 1",
          "1 ",
          "1_000",
          "--1",
          "1e5.5",
          "\u0661"
        }) {
      assertTrue(Float.isNaN(parse(text)), text);
    }
  }
}
