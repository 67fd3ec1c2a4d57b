package dev.descent.internal.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.format.OwnedFile;
import dev.descent.testing.Inputs;
import java.io.Reader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SvgTest {
  private static final Pattern POINT = Pattern.compile("(-?[0-9.]+),(-?[0-9.]+)");

  @Test
  void everyTextComesOutAsWritten() throws Exception {
    String nasty = "a < b && \"c\" > 'd' ]]> <script>\0\uD800\uFFFE\uD83D\uDE00é";
    Svg svg = new Svg(10, 10, nasty, nasty).text(1, 2, Svg.Anchor.END, -90, "x\"y", nasty);
    String xml = svg.toString();
    assertFalse(xml.contains("<script"));
    assertTrue(xml.indexOf('\0') < 0 && xml.indexOf('\uFFFE') < 0);
    assertTrue(xml.contains("x&quot;y"));
    String seen = String.join("", events(xml));
    assertTrue(seen.contains("\uFFFD\uFFFD\uFFFD\uD83D\uDE00é"), seen);
  }

  @Test
  void aDrawingIsWellFormedAndMarkedAsOurs() throws Exception {
    Svg svg =
        new Svg(100, 50.5, "t", "d")
            .line(0, 0, 1, 1, "grid")
            .polyline(List.of(), "series1")
            .polyline(List.of(new Svg.Point(1, 1)), "series1")
            .circle(1e-9, 1e9, 3, "dot")
            .rectangle(0, 0, 1, 1, "box");
    assertTrue(svg.toString().indexOf(OwnedFile.MARK) < 200);
    assertTrue(svg.toString().contains("width=\"100\" height=\"50.5\""));
    assertTrue(svg.toString().contains("cx=\"0\" cy=\"1000000000\""));
    assertEquals(1, count(svg.toString(), "<polyline"));
    assertTrue(events(svg.toString()).size() > 10);
  }

  @Test
  void coordinatesMustBeNumbers() {
    Svg svg = new Svg(10, 10, "t", "d");
    assertThrows(IllegalArgumentException.class, () -> svg.circle(Double.NaN, 0, 1, ""));
    assertThrows(
        IllegalArgumentException.class, () -> svg.line(0, 0, Double.POSITIVE_INFINITY, 0, ""));
    assertThrows(IllegalArgumentException.class, () -> new Svg(0, 10, "t", "d"));
  }

  /// The place for the label is searched by samples of the line, and the box by the text's
  /// attributes.
  @Test
  void aLabelCoversNoLineWhereThereIsRoom() {
    double[] xs = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    double[] falling = {10, 8, 6.5, 5.5, 5, 5, 4.6, 5.5, 5, 5, 5};
    double[] low = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    Svg svg = new Svg(440, 320, "t", "d");
    String text = "overfitting from epoch 6 on";
    var area = new Chart.Area(60, 20, 364, 224);
    new Chart(svg, area, Scale.linear(0, 10), Scale.linear(0, 10))
        .line(xs, falling, "series1")
        .line(xs, low, "series2")
        .label(6, 4.6, "small", text)
        .label(11, 4.6, "small", "outside");
    assertFalse(svg.toString().contains("outside"));
    Matcher label =
        Pattern.compile(
                "x=\"([0-9.]+)\" y=\"([0-9.]+)\" text-anchor=\"(\\w+)\">" + text + "</text>")
            .matcher(svg.toString());
    assertTrue(label.find());
    double width = 6 * text.length();
    double left =
        Double.parseDouble(label.group(1))
            - switch (label.group(3)) {
              case "start" -> 0;
              case "middle" -> width / 2;
              default -> width;
            };
    double base = Double.parseDouble(label.group(2));
    assertTrue(left >= 60 && left + width <= 424, svg::toString);
    for (int i = 0; i < 1000; i++) {
      double at = i * 0.01;
      int from = (int) at;
      for (double[] line : List.of(falling, low)) {
        double value = line[from] + (at - from) * (line[from + 1] - line[from]);
        double x = 60 + 36.4 * at;
        double y = 244 - 22.4 * value;
        assertFalse(x > left && x < left + width && y > base - 9 && y < base + 3, svg::toString);
      }
    }
  }

  @Test
  void linesAreCutAtTheFrame() {
    List<double[]> cut = points(new double[] {-1, 2}, new double[] {0.5, 0.5});
    assertEquals(2, cut.size());
    assertEquals(10, cut.get(0)[0], 1e-9);
    assertEquals(110, cut.get(1)[0], 1e-9);
    assertEquals(70, cut.get(0)[1], 1e-9);
    assertEquals(0, points(new double[] {-1, 2}, new double[] {-2, -2}).size());
    assertEquals(0, points(new double[] {0.5}, new double[] {0.5}).size());
    assertEquals(0, points(new double[] {}, new double[] {}).size());
    assertEquals(3, points(new double[] {0, 0.5, 1}, new double[] {0, 1, 0}).size());
  }

  @Test
  void aGapStaysAGap() {
    String text =
        chart(new double[] {0, 0.1, 0.2, 0.3, 0.4}, new double[] {0.5, 0.5, Double.NaN, 0.5, 0.5});
    assertEquals(2, count(text, "<polyline"));
  }

  @Test
  void whateverIsDrawnStaysWithinTheFrame() {
    double[] odd = {
      Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MAX_VALUE, -1e300, 0, 1
    };
    Inputs.check(
        500,
        random -> {
          double[] xs = new double[20];
          double[] ys = new double[20];
          for (int i = 0; i < xs.length; i++) {
            xs[i] = random.nextInt(5) == 0 ? odd[random.nextInt(7)] : random.nextDouble(-2, 3);
            ys[i] = random.nextInt(5) == 0 ? odd[random.nextInt(7)] : random.nextDouble(-2, 3);
          }
          for (double[] point : points(xs, ys)) {
            assertTrue(point[0] >= 10 && point[0] <= 110 && point[1] >= 20 && point[1] <= 120);
          }
        });
  }

  @Test
  void aChartWithEverythingIsWellFormed() throws Exception {
    Svg svg = new Svg(300, 300, "t", "d");
    new Chart(svg, new Chart.Area(50, 20, 200, 200), Scale.linear(0, 10), Scale.log(1e-3, 1e6))
        .axes("<title>", "x & y", "\"loss\"")
        .line(new double[] {0, 5, 10}, new double[] {1, 0, 10}, "series1")
        .dots(new double[] {1, 20}, new double[] {1, 1}, 2, "dot series1")
        .note(5, 1, 4, 4, Svg.Anchor.START, "halo", "<here>")
        .note(50, 1, 4, 4, Svg.Anchor.START, "halo", "outside")
        .legend(true, true, List.of(new Chart.Key("series1", "a < b")))
        .legend(false, false, List.of());
    String text = svg.toString();
    assertTrue(events(text).size() > 30);
    assertFalse(text.contains("outside"));
    assertEquals(1, count(text, "<circle"));
    assertTrue(text.contains("&lt;here&gt;") && text.contains(">10000<"));
  }

  private static List<double[]> points(double[] xs, double[] ys) {
    List<double[]> points = new ArrayList<>();
    Matcher matcher = POINT.matcher(chart(xs, ys));
    while (matcher.find()) {
      points.add(
          new double[] {
            Double.parseDouble(matcher.group(1)), Double.parseDouble(matcher.group(2))
          });
    }
    return points;
  }

  /// Only the lines, without the style sheet.
  private static String chart(double[] xs, double[] ys) {
    Svg svg = new Svg(120, 130, "t", "d");
    Scale scale = Scale.linear(0, 1);
    new Chart(svg, new Chart.Area(10, 20, 100, 100), scale, scale).line(xs, ys, "series1");
    String text = svg.toString();
    return text.substring(text.indexOf("</style>"));
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  /// What an XML parser sees. By reflection, because this module does not read java.xml.
  private static List<String> events(String xml) throws ReflectiveOperationException {
    Class<?> type = Class.forName("javax.xml.stream.XMLInputFactory");
    Object factory = type.getMethod("newFactory").invoke(null);
    Object reader =
        type.getMethod("createXMLEventReader", Reader.class).invoke(factory, new StringReader(xml));
    List<String> events = new ArrayList<>();
    ((Iterator<?>) reader).forEachRemaining(e -> events.add(e.toString()));
    return events;
  }
}
