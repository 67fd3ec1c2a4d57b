package dev.descent.internal.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Draws data on a part of an [Svg]: a frame, a grid with labels at round numbers, lines and
/// points. What lies outside the scales is cut off at the frame; what is not a number leaves a gap.
public final class Chart {
  private static final int PIXELS_PER_TICK = 55;
  private static final double CHARACTER_WIDTH = 6.6;

  /// The frame in the scales' terms.
  private static final Box WHOLE = new Box(0, 1, 0, 1);

  private final Svg svg;
  private final Area area;
  private final Scale x;
  private final Scale y;
  private final List<Segment> drawn = new ArrayList<>();

  /// The frame's place on the drawing, in pixels. Labels lie outside: leave about 60 to the left
  /// and 50 below.
  public record Area(double left, double top, double width, double height) {
    private double right() {
      return left + width;
    }

    private double bottom() {
      return top + height;
    }
  }

  /// A line of the legend.
  ///
  /// @param classes of the line it explains
  public record Key(String classes, String label) {}

  public Chart(Svg svg, Area area, Scale x, Scale y) {
    this.svg = svg;
    this.area = area;
    this.x = x;
    this.y = y;
  }

  /// Draws frame, grid, tick labels and the axes' names; above the frame a title, unless it is
  /// empty.
  public Chart axes(String title, String nameX, String nameY) {
    for (Scale.Tick tick : x.ticks((int) (area.width() / PIXELS_PER_TICK))) {
      double at = pixelX(tick.value());
      svg.line(at, area.top(), at, area.bottom(), "grid");
      svg.text(at, area.bottom() + 18, Svg.Anchor.MIDDLE, "small faint", tick.label());
    }
    for (Scale.Tick tick : y.ticks((int) (area.height() / PIXELS_PER_TICK))) {
      double at = pixelY(tick.value());
      svg.line(area.left(), at, area.right(), at, "grid");
      svg.text(area.left() - 8, at + 4, Svg.Anchor.END, "small faint", tick.label());
    }
    svg.rectangle(area.left(), area.top(), area.width(), area.height(), "frame");
    double middle = area.left() + area.width() / 2;
    if (!title.isEmpty()) {
      svg.text(area.left(), area.top() - 12, Svg.Anchor.START, "", title);
    }
    svg.text(middle, area.bottom() + 40, Svg.Anchor.MIDDLE, "", nameX);
    double side = area.left() - 46;
    svg.text(side, area.top() + area.height() / 2, Svg.Anchor.MIDDLE, -90, "", nameY);
    return this;
  }

  /// Draws a line from each point to the next.
  ///
  /// @param xs the points' values on the x axis; not modified
  /// @param ys as many; not modified
  public Chart line(double[] xs, double[] ys, String classes) {
    requireSameLength(xs, ys);
    List<Svg.Point> run = new ArrayList<>();
    for (int i = 1; i < xs.length; i++) {
      Segment seen = clip(xs[i - 1], ys[i - 1], xs[i], ys[i]);
      if (seen == null || run.isEmpty() || !run.getLast().equals(seen.from())) {
        svg.polyline(run, classes);
        run.clear();
      }
      if (seen != null) {
        if (run.isEmpty()) {
          run.add(seen.from());
        }
        run.add(seen.to());
        drawn.add(seen);
      }
    }
    svg.polyline(run, classes);
    return this;
  }

  /// Draws a dot at each point inside the frame.
  ///
  /// @param xs the points' values on the x axis; not modified
  /// @param ys as many; not modified
  public Chart dots(double[] xs, double[] ys, double radius, String classes) {
    requireSameLength(xs, ys);
    for (int i = 0; i < xs.length; i++) {
      if (holds(xs[i], ys[i])) {
        svg.circle(pixelX(xs[i]), pixelY(ys[i]), radius, classes);
      }
    }
    return this;
  }

  /// Writes text beside a point of the data, if the point is inside the frame.
  ///
  /// @param right pixels to the right of the point
  /// @param down pixels below it
  public Chart note(
      double atX,
      double atY,
      double right,
      double down,
      Svg.Anchor anchor,
      String classes,
      String text) {
    if (holds(atX, atY)) {
      svg.text(pixelX(atX) + right, pixelY(atY) + down, anchor, classes, text);
    }
    return this;
  }

  /// Draws a box that explains the lines, in a corner of the frame.
  public Chart legend(boolean right, boolean bottom, List<Key> keys) {
    double longest = keys.stream().mapToInt(k -> TextWidth.of(k.label())).max().orElse(0);
    double width = 44 + longest * CHARACTER_WIDTH;
    double height = 10 + 19 * keys.size();
    double left = right ? area.right() - width - 8 : area.left() + 8;
    double top = bottom ? area.bottom() - height - 8 : area.top() + 8;
    svg.rectangle(left, top, width, height, "box");
    for (int i = 0; i < keys.size(); i++) {
      double middle = top + 14.5 + 19 * i;
      svg.line(left + 8, middle, left + 32, middle, keys.get(i).classes());
      svg.text(left + 40, middle + 4, Svg.Anchor.START, "small", keys.get(i).label());
    }
    return this;
  }

  /// Writes a small text beside a point of the data, if the point is inside the frame: where it
  /// covers the fewest of the lines drawn so far.
  public Chart label(double atX, double atY, String classes, String text) {
    if (!holds(atX, atY)) {
      return this;
    }
    var frame = new Box(area.left(), area.right(), area.top(), area.bottom());
    double width = TextWidth.of(text) * CHARACTER_WIDTH;
    List<Label> places = Label.around(pixelX(atX), pixelY(atY), width);
    Label best =
        places.stream()
            .filter(label -> frame.holds(label.box()))
            .min(Comparator.comparingLong(this::covered))
            .orElse(places.getFirst());
    svg.text(best.x(), best.y(), best.anchor(), classes, text);
    return this;
  }

  /// How many pieces of lines a label would cover.
  private long covered(Label label) {
    return drawn.stream()
        .filter(s -> label.box().span(s.from().x(), s.from().y(), s.to().x(), s.to().y()) != null)
        .count();
  }

  private boolean holds(double atX, double atY) {
    return WHOLE.holds(x.at(atX), y.at(atY));
  }

  private double pixelX(double value) {
    return area.left() + area.width() * x.at(value);
  }

  private double pixelY(double value) {
    return area.bottom() - area.height() * y.at(value);
  }

  /// The visible part of a segment, in pixels.
  private record Segment(Svg.Point from, Svg.Point to) {}

  /// Clips a segment to the frame.
  private @Nullable Segment clip(double fromX, double fromY, double toX, double toY) {
    double u = x.at(fromX);
    double v = y.at(fromY);
    double endU = x.at(toX);
    double endV = y.at(toY);
    Box.Span span = WHOLE.span(u, v, endU, endV);
    if (span == null) {
      return null;
    }
    double enter = span.enter();
    double leave = span.leave();
    return new Segment(
        pixel(u + enter * (endU - u), v + enter * (endV - v)),
        leave == 1 ? pixel(endU, endV) : pixel(u + leave * (endU - u), v + leave * (endV - v)));
  }

  private Svg.Point pixel(double u, double v) {
    return new Svg.Point(
        area.left() + area.width() * Math.clamp(u, 0, 1),
        area.bottom() - area.height() * Math.clamp(v, 0, 1));
  }

  private static void requireSameLength(double[] xs, double[] ys) {
    if (xs.length != ys.length) {
      throw new IllegalArgumentException(xs.length + " xs and " + ys.length + " ys");
    }
  }
}
