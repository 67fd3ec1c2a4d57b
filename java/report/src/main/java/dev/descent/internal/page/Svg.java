package dev.descent.internal.page;

import dev.descent.internal.format.OwnedFile;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Builds a drawing as SVG text. Coordinates are in pixels, from the upper left corner.
///
/// Looks come from CSS classes of one style sheet inside the file, which follows the viewer's light
/// or dark setting: `text`, `title`, `small`, `faint`, `halo` for text; `frame`, `grid`, `contour`
/// for lines; `series1` to `series6` for data, in colours that most colour-blind people tell apart,
/// with `wide` for a line that others cover, `dashed`, and `dot` for filled circles and bars;
/// `mark` for a point of note; `page` and `box` for backgrounds. The file has no script and refers
/// to nothing outside.
public final class Svg {
  static final String STYLE =
      """
      .descent { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; }
      .descent text { fill: #1f2328; }
      .descent .title { font-size: 17px; font-weight: 600; }
      .descent .small { font-size: 11.5px; }
      .descent .faint { fill: #59636e; }
      .descent .halo {
        paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
      .descent .page { fill: #ffffff; }
      .descent .box { fill: #ffffff; fill-opacity: 0.9; }
      .descent .frame { stroke: #8c959f; stroke-width: 1; fill: none; }
      .descent .grid { stroke: #d1d9e0; stroke-width: 0.7; fill: none; }
      .descent .contour { stroke: #8a7fb0; stroke-width: 1; fill: none; }
      .descent .series1, .descent .series2, .descent .series3, .descent .series4,
      .descent .series5, .descent .series6 {
        stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; fill: none; }
      .descent .wide { stroke-width: 7; stroke-opacity: 0.4; }
      .descent .dashed { stroke-dasharray: 6 5; }
      .descent .dot { stroke-width: 1; }
      .descent .mark { fill: #1f2328; stroke: #ffffff; stroke-width: 1.5; }
      .descent .series1 { stroke: #0072b2; } .descent .dot.series1 { fill: #0072b2; }
      .descent .series2 { stroke: #d55e00; } .descent .dot.series2 { fill: #d55e00; }
      .descent .series3 { stroke: #008f68; } .descent .dot.series3 { fill: #008f68; }
      .descent .series4 { stroke: #aa4499; } .descent .dot.series4 { fill: #aa4499; }
      .descent .series5 { stroke: #8a6a00; } .descent .dot.series5 { fill: #8a6a00; }
      .descent .series6 { stroke: #5b6570; } .descent .dot.series6 { fill: #5b6570; }
      @media (prefers-color-scheme: dark) {
        .descent text { fill: #e6e9ed; }
        .descent .faint { fill: #9aa4af; }
        .descent .halo { stroke: #14171c; }
        .descent .page, .descent .box { fill: #14171c; }
        .descent .frame { stroke: #6e7681; }
        .descent .grid { stroke: #2c323a; }
        .descent .contour { stroke: #7d74a3; }
        .descent .mark { fill: #e6e9ed; stroke: #14171c; }
        .descent .series1 { stroke: #56b4e9; } .descent .dot.series1 { fill: #56b4e9; }
        .descent .series2 { stroke: #f08a4b; } .descent .dot.series2 { fill: #f08a4b; }
        .descent .series3 { stroke: #35c79b; } .descent .dot.series3 { fill: #35c79b; }
        .descent .series4 { stroke: #d98cc9; } .descent .dot.series4 { fill: #d98cc9; }
        .descent .series5 { stroke: #e3b93c; } .descent .dot.series5 { fill: #e3b93c; }
        .descent .series6 { stroke: #a7b1bb; } .descent .dot.series6 { fill: #a7b1bb; }
      }
      """;

  private final StringBuilder body = new StringBuilder();
  private final double width;
  private final double height;
  private final String title;
  private final String description;

  /// Where a text stands relative to its point.
  public enum Anchor {
    START,
    MIDDLE,
    END;

    private String css() {
      return switch (this) {
        case START -> "start";
        case MIDDLE -> "middle";
        case END -> "end";
      };
    }
  }

  /// A point in pixels.
  public record Point(double x, double y) {}

  /// @param title what the drawing is; read out to people who can't see it
  /// @param description what it shows, likewise
  public Svg(double width, double height, String title, String description) {
    if (!(width > 0 && height > 0 && Double.isFinite(width) && Double.isFinite(height))) {
      throw new IllegalArgumentException("no drawing of " + width + " x " + height);
    }
    this.width = width;
    this.height = height;
    this.title = title;
    this.description = description;
  }

  public Svg line(double x1, double y1, double x2, double y2, String classes) {
    return polyline(List.of(new Point(x1, y1), new Point(x2, y2)), classes);
  }

  /// Lines from each point to the next. One point alone draws nothing.
  public Svg polyline(List<Point> points, String classes) {
    if (points.size() < 2) {
      return this;
    }
    body.append("<polyline class=\"").append(escape(classes)).append("\" points=\"");
    for (int i = 0; i < points.size(); i++) {
      body.append(i == 0 ? "" : " ").append(number(points.get(i).x()));
      body.append(',').append(number(points.get(i).y()));
    }
    body.append("\"/>\n");
    return this;
  }

  public Svg circle(double x, double y, double radius, String classes) {
    body.append(
        "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"/>\n"
            .formatted(escape(classes), number(x), number(y), number(radius)));
    return this;
  }

  public Svg rectangle(double x, double y, double width, double height, String classes) {
    body.append(
        "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n"
            .formatted(escape(classes), number(x), number(y), number(width), number(height)));
    return this;
  }

  /// A filled rectangle of a grey that is the same in light and dark settings: a pixel.
  ///
  /// @param level 0 black to 255 white
  public Svg pixel(double x, double y, double width, double height, int level) {
    body.append(
        String.format(
            Locale.ROOT,
            "<rect fill=\"#%1$02x%1$02x%1$02x\" x=\"%2$s\" y=\"%3$s\" width=\"%4$s\""
                + " height=\"%5$s\"/>\n",
            level,
            number(x),
            number(y),
            number(width),
            number(height)));
    return this;
  }

  /// A line of text.
  ///
  /// @param y the base line
  public Svg text(double x, double y, Anchor anchor, String classes, String text) {
    return text(x, y, anchor, 0, classes, text);
  }

  /// A line of text, turned about its point.
  ///
  /// @param degrees clockwise
  public Svg text(double x, double y, Anchor anchor, double degrees, String classes, String text) {
    String turn =
        degrees == 0
            ? ""
            : " transform=\"rotate(%s %s %s)\"".formatted(number(degrees), number(x), number(y));
    body.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s>%s</text>\n"
            .formatted(escape(classes), number(x), number(y), anchor.css(), turn, escape(text)));
    return this;
  }

  /// The whole file's text.
  @Override
  public String toString() {
    return """
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- %1$s -->
    <svg xmlns="http://www.w3.org/2000/svg" class="descent" role="img"
        width="%2$s" height="%3$s" viewBox="0 0 %2$s %3$s">
    <title>%4$s</title>
    <desc>%5$s</desc>
    <style>
    %6$s</style>
    <rect class="page" width="100%%" height="100%%"/>
    %7$s</svg>
    """
        .formatted(
            OwnedFile.MARK,
            number(width),
            number(height),
            escape(title),
            escape(description),
            STYLE,
            body);
  }

  /// The drawing as part of an HTML page, which has its style sheet.
  String inline() {
    return """
    <svg class="descent" role="img" aria-label="%1$s" viewBox="0 0 %2$s %3$s">
    %4$s</svg>
    """
        .formatted(escape(title + ". " + description), number(width), number(height), body);
  }

  /// Writes the file, over an earlier one of ours only (see [OwnedFile]).
  ///
  /// @throws dev.descent.DescentException if it can't be written
  public void write(Path file) {
    OwnedFile.writeText(file, toString());
  }

  /// Text that stands for itself within XML, in elements and in attributes.
  static String escape(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> out.append("&amp;");
            case '<' -> out.append("&lt;");
            case '>' -> out.append("&gt;");
            case '"' -> out.append("&quot;");
            case '\'' -> out.append("&#39;");
            default -> out.appendCodePoint(isXml(c) ? c : 0xFFFD);
          }
        });
    return out.toString();
  }

  /// XML 1.0, production 2: what a document may contain at all.
  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }

  private static String number(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a coordinate is " + value);
    }
    return BigDecimal.valueOf(value)
        .setScale(2, RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }
}
