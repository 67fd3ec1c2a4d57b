package dev.descent.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.testing.Inputs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void aLogRecordIsOneLineInTheOrderGiven() {
    String line =
        Json.object()
            .put("event", "epoch")
            .put("epoch", 1)
            .put("loss", 0.2)
            .put("accuracy", 0.1f)
            .put("valLoss", Double.NaN)
            .put("valAccuracy", Float.POSITIVE_INFINITY)
            .put("note", (String) null)
            .put("last", true)
            .put("backends", List.of("cpu", "reference"))
            .toString();
    assertEquals(
        "{\"event\":\"epoch\",\"epoch\":1,\"loss\":0.2,\"accuracy\":0.1,\"valLoss\":null,"
            + "\"valAccuracy\":null,\"note\":null,\"last\":true,"
            + "\"backends\":[\"cpu\",\"reference\"]}",
        line);
  }

  @Test
  void numbersKeepTheirKindAndTheirBits() {
    assertEquals(new Json.Whole(Long.MIN_VALUE), parse("-9223372036854775808"));
    assertEquals(new Json.Whole(Long.MAX_VALUE), parse("9223372036854775807"));
    assertEquals(new Json.Real(0x1p63), parse("9223372036854775808"));
    assertEquals(new Json.Real(-0.0), parse("-0"));
    assertEquals(new Json.Whole(0), parse("0"));
    assertEquals(new Json.Real(1.0), parse("1.0"));
    assertEquals(new Json.Real(1000.0), parse("1e3"));
    assertEquals(new Json.Real(Double.MIN_VALUE), parse("4.9E-324"));
    assertEquals(new Json.Real(-0.025), parse("-2.5e-2"));
  }

  @Test
  void escapesAndSurrogatesAreCharacters() {
    assertEquals(
        new Json.Text("\"\\/\b\f\n\r\té\uD83D\uDE00"),
        parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\""));
    assertEquals(new Json.Text("\uD83D\uDE00"), parse("\"\uD83D\uDE00\""));
  }

  @Test
  void theWriterEscapesWhatWouldBreakALine() {
    assertEquals("\"a\\nb\\u0000\\u2028\\\"\\\\\"", Json.of("a\nb\0\u2028\"\\").toString());
    assertEquals("\"\uFFFD\"", Json.of("\uD83D").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "1e999",
        "tru",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u\uFF11\uFF11\uFF11\uFF11\"",
        "\"\n\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\n\"",
        "1 2",
        "[1]]",
        "{\"a\":1,\"a\":2}",
        "'a'",
        "[1//\n]",
        "\uFEFF1",
        "\u00A01",
      })
  void whatIsNotJsonIsRefusedInOneLine(String text) {
    DataException e = assertThrows(DataException.class, () -> parse(text));
    assertTrue(message(e).startsWith("here: character "), message(e));
    assertTrue(message(e).lines().count() == 1, message(e));
  }

  @Test
  void nestingIsBounded() {
    parse("[".repeat(64) + "]".repeat(64));
    for (String open : List.of("[", "{\"a\":")) {
      DataException e = assertThrows(DataException.class, () -> parse(open.repeat(1_000_000)));
      assertTrue(message(e).contains("64 levels"), message(e));
    }
  }

  @Test
  void theNumberOfValuesIsBounded() {
    String text = "[" + "0,".repeat(JsonReader.MAX_VALUES) + "0]";
    assertThrows(DataException.class, () -> parse(text));
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] bytes = {'"', 'a', (byte) 0xC0, (byte) 0x80, '"'};
    DataException e = assertThrows(DataException.class, () -> Json.parse(bytes, "here"));
    assertEquals("here: byte 2 is not UTF-8", message(e));
    byte[] cut = {'"', (byte) 0xE2, (byte) 0x82};
    assertThrows(DataException.class, () -> Json.parse(cut, "here"));
  }

  @Test
  void wholesAndRealsThatHaveNoFormAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Json.Real(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Json.object().put("a", 1).put("a", 2));
  }

  @Test
  void whatIsWrittenIsReadBackEqual() {
    Inputs.check(
        500,
        random -> {
          Json value = random(random, 5);
          String text = value.toString();
          assertEquals(value, parse(text));
          assertEquals(value, Json.parse(text.getBytes(StandardCharsets.UTF_8), "here"));
        });
  }

  @Test
  void mutatedTextGivesAValueOrADataException() {
    Inputs.check(
        3000,
        random -> {
          byte[] bytes = random(random, 4).toString().getBytes(StandardCharsets.UTF_8);
          for (int i = random.nextInt(1, 4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] =
                random.nextBoolean()
                    ? (byte) "{}[]\",:\\u0eE-+.tfn".charAt(random.nextInt(18))
                    : (byte) random.nextInt();
          }
          try {
            assertInstanceOf(Json.class, Json.parse(bytes, "here"));
          } catch (DataException e) {
            assertTrue(message(e).lines().count() == 1);
          } catch (RuntimeException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static Json parse(String text) {
    return Json.parse(text, "here");
  }

  private static Json random(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> Json.of(random.nextLong());
      case 1 -> Json.of(Double.longBitsToDouble(random.nextLong()));
      case 2 -> Json.of(Float.intBitsToFloat(random.nextInt()));
      case 3 -> Json.of(random.nextBoolean());
      case 4 -> Json.Null.NULL;
      case 5 -> Json.of(text(random));
      case 6 -> {
        List<Json> elements = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          elements.add(random(random, depth - 1));
        }
        yield new Json.Array(elements);
      }
      default -> {
        Map<String, Json> members = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          members.put(text(random), random(random, depth - 1));
        }
        yield new Json.Members(members);
      }
    };
  }

  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      int c = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
      text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? '?' : c);
    }
    return text.toString();
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }
}
