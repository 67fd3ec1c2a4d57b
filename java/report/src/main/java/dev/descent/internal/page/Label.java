package dev.descent.internal.page;

import java.util.ArrayList;
import java.util.List;

/// A small text beside a point of a chart: where it could stand, in pixels from the upper left
/// corner.
///
/// @param y the base line
/// @param box the room that it takes
record Label(double x, double y, Svg.Anchor anchor, Box box) {
  private static final double ASCENT = 11;
  private static final double DESCENT = 4;

  /// How far below the point the base line is: next to the point first, then a line further.
  private static final double[] DOWN = {-10, 20, -26, 36, -42, 52};

  private static final double ASIDE = 4;

  /// The places for a text about a point, the best first where nothing else is drawn.
  ///
  /// @param width of the text
  static List<Label> around(double x, double y, double width) {
    List<Label> places = new ArrayList<>();
    for (double down : DOWN) {
      places.add(of(x, y + down, Svg.Anchor.MIDDLE, x - width / 2, width));
      places.add(of(x + ASIDE, y + down, Svg.Anchor.START, x + ASIDE, width));
      places.add(of(x - ASIDE, y + down, Svg.Anchor.END, x - ASIDE - width, width));
    }
    return places;
  }

  private static Label of(double x, double y, Svg.Anchor anchor, double left, double width) {
    return new Label(x, y, anchor, new Box(left, left + width, y - ASCENT, y + DESCENT));
  }
}
