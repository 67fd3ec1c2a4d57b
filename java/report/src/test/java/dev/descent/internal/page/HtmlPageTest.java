package dev.descent.internal.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlPageTest {
  private static final String NASTY = "</style><script>alert('1 & \"2\"')</script>\0<!--";

  @Test
  void nothingThatIsWrittenIsTakenForMarkup() {
    Svg svg = new Svg(10, 10, NASTY, NASTY).text(0, 0, Svg.Anchor.START, NASTY, NASTY);
    String page =
        new HtmlPage("en\"><script>", NASTY)
            .add(
                Html.text(NASTY),
                Html.paragraph(NASTY),
                Html.code(NASTY),
                Html.lines(NASTY),
                Html.element("p", NASTY, Html.text("x")).with("data-x", NASTY),
                Html.table(List.of(NASTY), List.of(List.of(NASTY))),
                Html.figure(svg, NASTY),
                Html.image(new byte[] {1, 2, 3}, NASTY, 1, 1))
            .toString();
    assertFalse(page.contains("<script"), page);
    assertEquals(1, count(page, "</style"));
    assertEquals(1, count(page, "<!--"));
    assertEquals(-1, page.indexOf('\0'));
  }

  @Test
  void everyElementEndsInTheOrderInWhichItBegan() {
    Svg svg = new Svg(10, 10, "t", "d").circle(1, 1, 1, "dot");
    String page =
        new HtmlPage("en", "t")
            .add(
                Html.row(Html.figure(svg, "c"), Html.figure(Html.EMPTY, "")),
                Html.table(List.of("a", "b"), List.of(List.of("1", "2"), List.of("3", "4"))))
            .script("let a = 1 < 2;\n")
            .toString();
    Matcher tags = Pattern.compile("<(/?)([a-z0-9]+)[^<>]*?(/?)>").matcher(page);
    var open = new java.util.ArrayDeque<String>();
    while (tags.find()) {
      if (!tags.group(1).isEmpty()) {
        assertEquals(open.pop(), tags.group(2), page);
      } else if (tags.group(3).isEmpty() && !tags.group(2).matches("meta|img|link")) {
        open.push(tags.group(2));
      }
    }
    assertTrue(open.isEmpty(), open.toString());
    assertEquals(2, count(page, "<th scope=\"col\">"));
    assertEquals(4, count(page, "<td>"));
  }

  @Test
  void thePageRefersToNothingOutside() {
    String page =
        new HtmlPage("zh-TW", "t")
            .add(Html.image(new byte[100], "nothing", 1, 1), Html.figure(svg(), ""))
            .toString();
    assertFalse(page.contains("http:") || page.contains("https:") || page.contains("url("), page);
    assertTrue(page.contains("default-src 'none'"), page);
    assertTrue(page.contains("<html lang=\"zh-TW\">"), page);
  }

  @Test
  void whatWouldEndAStyleSheetOrAScriptIsRefused() {
    HtmlPage page = new HtmlPage("en", "t");
    assertThrows(IllegalArgumentException.class, () -> page.script("'</script>'"));
    assertThrows(IllegalArgumentException.class, () -> page.style("</style>"));
    assertThrows(
        IllegalArgumentException.class,
        () -> Html.table(List.of("one"), List.of(List.of("1", "2"))));
    assertThrows(IllegalStateException.class, () -> Html.text("no element").with("id", "x"));
  }

  @Test
  void itIsWrittenOverOneOfOursOnly(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("page.html");
    HtmlPage page = new HtmlPage("en", "t").add(Html.paragraph("資料"));
    page.write(file);
    page.write(file);
    assertEquals(page.toString(), Files.readString(file));
    Files.writeString(file, "<!DOCTYPE html>");
    assertThrows(DescentException.class, () -> page.write(file));
    assertEquals("<!DOCTYPE html>", Files.readString(file));
  }

  @Test
  void wideLettersTakeTwoColumns() {
    assertEquals(0, TextWidth.of(""));
    assertEquals(5, TextWidth.of("a + b"));
    assertEquals(8, TextWidth.of("損失函數"));
    assertEquals(6, TextWidth.of("（1），".replace("1", "")));
    assertEquals(1, TextWidth.of("é"));
    assertEquals(1, TextWidth.of("e\u0301"));
    assertEquals(2, TextWidth.of("\uD840\uDC00"));
    assertEquals(3, TextWidth.of("λ−⣿"));
  }

  private static Svg svg() {
    return new Svg(10, 10, "t", "d");
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
