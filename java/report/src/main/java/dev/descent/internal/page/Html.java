package dev.descent.internal.page;

import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A piece of a page. Text becomes one by being escaped, so that nothing that a data set or a user
/// wrote can be taken for markup: there is no way in for markup from outside.
public final class Html {
  /// Nothing.
  public static final Html EMPTY = new Html("");

  private final String markup;

  private Html(String markup) {
    this.markup = markup;
  }

  /// Text as it is written.
  public static Html text(String text) {
    return new Html(Svg.escape(text));
  }

  /// Pieces one behind the other.
  public static Html of(Html... pieces) {
    return of(List.of(pieces));
  }

  /// Pieces one behind the other.
  public static Html of(List<Html> pieces) {
    return new Html(pieces.stream().map(Html::toString).collect(Collectors.joining()));
  }

  /// An element: `<name>content</name>`.
  ///
  /// @param name a name of HTML, written by the program: not escaped
  public static Html element(String name, Html... content) {
    return new Html("<" + name + ">" + of(content) + "</" + name + ">\n");
  }

  /// An element with CSS classes.
  public static Html element(String name, String classes, Html... content) {
    return new Html(
        "<" + name + " class=\"" + Svg.escape(classes) + "\">" + of(content) + "</" + name + ">\n");
  }

  /// This, an element, with one more attribute.
  ///
  /// @param name a name of HTML, written by the program: not escaped
  public Html with(String name, String value) {
    int end = markup.indexOf('>');
    if (!markup.startsWith("<") || end < 0) {
      throw new IllegalStateException("no element to give " + name + " to");
    }
    return new Html(
        markup.substring(0, end)
            + " "
            + name
            + "=\""
            + Svg.escape(value)
            + "\""
            + markup.substring(end));
  }

  /// A paragraph.
  public static Html paragraph(String text) {
    return element("p", text(text));
  }

  /// Code within a line. No line end behind it: a blank would be seen there.
  public static Html code(String code) {
    return new Html("<code>" + Svg.escape(code) + "</code>");
  }

  /// Lines as they are, in letters that are all as wide.
  public static Html lines(String text) {
    return element("pre", text(text.stripTrailing()));
  }

  /// A table with a row of headings. Its columns stand to the right, as numbers do, but for the
  /// first. One that is wider than the window can be scrolled on its own.
  ///
  /// @param rows each as long as the header
  public static Html table(List<String> header, List<List<String>> rows) {
    return tableOf(
        header, rows.stream().map(row -> row.stream().map(Html::text).toList()).toList());
  }

  /// A table whose cells may hold anything: see [#table].
  public static Html tableOf(List<String> header, List<List<Html>> rows) {
    for (List<Html> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "a row of %d cells under %d headings", row.size(), header.size()));
      }
    }
    Stream<Html> headings = header.stream().map(h -> element("th", text(h)).with("scope", "col"));
    Html head = element("thead", element("tr", of(headings.toList())));
    Stream<Html> body =
        rows.stream()
            .map(row -> element("tr", of(row.stream().map(cell -> element("td", cell)).toList())));
    Html table = element("table", head, element("tbody", of(body.toList())));
    return element("div", "scroll", table).with("tabindex", "0");
  }

  /// A drawing and what it shows.
  public static Html figure(Svg drawing, String caption) {
    return figure(new Html(drawing.inline()), caption);
  }

  /// Anything as a figure, with a caption unless that is empty.
  public static Html figure(Html content, String caption) {
    return element(
        "figure", content, caption.isEmpty() ? EMPTY : element("figcaption", text(caption)));
  }

  /// A picture, carried by the page itself.
  ///
  /// @param png the picture's file
  /// @param alternative what it shows, for those who can't see it
  /// @param width in CSS pixels
  /// @param height in CSS pixels
  public static Html image(byte[] png, String alternative, int width, int height) {
    return new Html(
        String.format(
            Locale.ROOT,
            "<img alt=\"%s\" width=\"%d\" height=\"%d\" src=\"data:image/png;base64,%s\">\n",
            Svg.escape(alternative),
            width,
            height,
            Base64.getEncoder().encodeToString(png)));
  }

  /// Pieces side by side where the window is wide enough, else below each other.
  public static Html row(Html... pieces) {
    return element("div", "row", pieces);
  }

  /// The markup.
  @Override
  public String toString() {
    return markup;
  }
}
