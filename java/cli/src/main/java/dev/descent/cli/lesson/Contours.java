package dev.descent.cli.lesson;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/// Contour lines of a function of two variables by marching squares: each cell of a grid whose
/// corners lie on both sides of the level is crossed by a straight piece, and pieces that meet are
/// joined to lines.
final class Contours {
  private final double[] xs;
  private final double[] ys;
  private final double[][] values;

  /// A contour line.
  record Curve(double[] xs, double[] ys) {}

  /// Where a contour crosses an edge of the grid. An edge is known by its lower left corner and
  /// whether it goes to the right or up.
  private record Edge(int column, int row, boolean right) {}

  /// Samples a function.
  ///
  /// @param xs increasing; at least 2
  /// @param ys increasing; at least 2
  Contours(double[] xs, double[] ys, DoubleBinaryOperator function) {
    this.xs = xs.clone();
    this.ys = ys.clone();
    values = new double[ys.length][xs.length];
    for (int row = 0; row < ys.length; row++) {
      for (int column = 0; column < xs.length; column++) {
        values[row][column] = function.applyAsDouble(xs[column], ys[row]);
      }
    }
  }

  /// The lines on which the function has the value `level`, closed ones with the first point again
  /// at the end.
  List<Curve> at(double level) {
    Map<Edge, Deque<Edge>> neighbours = new LinkedHashMap<>();
    for (int row = 0; row + 1 < ys.length; row++) {
      for (int column = 0; column + 1 < xs.length; column++) {
        cross(column, row, level, neighbours);
      }
    }
    List<Curve> curves = new ArrayList<>();
    // From their ends first: a line that is entered in its middle would be cut in two.
    neighbours.forEach((edge, next) -> {
      if (next.size() == 1) {
        curves.add(walk(edge, level, neighbours));
      }
    });
    neighbours.forEach((edge, next) -> {
      if (!next.isEmpty()) {
        curves.add(walk(edge, level, neighbours));
      }
    });
    return curves;
  }

  /// Follows a line to its end and forgets it.
  private Curve walk(Edge start, double level, Map<Edge, Deque<Edge>> neighbours) {
    List<Edge> line = new ArrayList<>(List.of(start));
    for (Edge next = take(start, neighbours); next != null; next = take(next, neighbours)) {
      line.add(next);
    }
    double[] curveX = line.stream().mapToDouble(e -> x(e, level)).toArray();
    double[] curveY = line.stream().mapToDouble(e -> y(e, level)).toArray();
    return new Curve(curveX, curveY);
  }

  private static @Nullable Edge take(Edge from, Map<Edge, Deque<Edge>> neighbours) {
    Edge next = neighbours.getOrDefault(from, new ArrayDeque<>()).poll();
    if (next != null) {
      neighbours.getOrDefault(next, new ArrayDeque<>()).removeFirstOccurrence(from);
    }
    return next;
  }

  private double x(Edge edge, double level) {
    double from = xs[edge.column()];
    return edge.right() ? from + share(edge, level) * (xs[edge.column() + 1] - from) : from;
  }

  private double y(Edge edge, double level) {
    double from = ys[edge.row()];
    return edge.right() ? from : from + share(edge, level) * (ys[edge.row() + 1] - from);
  }

  /// How far along its edge the crossing lies, by linear interpolation.
  private double share(Edge edge, double level) {
    return (level - start(edge)) / (end(edge) - start(edge));
  }

  /// Adds what crosses one cell: nothing, one piece, or two where opposite corners are on the same
  /// side of the level and their neighbours are not.
  private void cross(int column, int row, double level, Map<Edge, Deque<Edge>> neighbours) {
    List<Edge> crossed = new ArrayList<>(4);
    // In turn around the cell, from the lower edge.
    addIfCrossed(crossed, new Edge(column, row, true), level);
    addIfCrossed(crossed, new Edge(column + 1, row, false), level);
    addIfCrossed(crossed, new Edge(column, row + 1, true), level);
    addIfCrossed(crossed, new Edge(column, row, false), level);
    if (crossed.size() == 2) {
      join(crossed.get(0), crossed.get(1), neighbours);
    } else if (crossed.size() == 4) {
      // The middle of the cell tells which two corners are connected; the others are cut off.
      boolean cutsLowerLeft = (values[row][column] >= level) != (middle(column, row) >= level);
      join(crossed.get(0), crossed.get(cutsLowerLeft ? 3 : 1), neighbours);
      join(crossed.get(2), crossed.get(cutsLowerLeft ? 1 : 3), neighbours);
    }
  }

  private static void join(Edge a, Edge b, Map<Edge, Deque<Edge>> neighbours) {
    neighbours.computeIfAbsent(a, _ -> new ArrayDeque<>(2)).add(b);
    neighbours.computeIfAbsent(b, _ -> new ArrayDeque<>(2)).add(a);
  }

  private double middle(int column, int row) {
    return (values[row][column]
            + values[row][column + 1]
            + values[row + 1][column]
            + values[row + 1][column + 1])
        / 4;
  }

  private void addIfCrossed(List<Edge> crossed, Edge edge, double level) {
    if ((start(edge) >= level) != (end(edge) >= level)) {
      crossed.add(edge);
    }
  }

  private double start(Edge edge) {
    return values[edge.row()][edge.column()];
  }

  private double end(Edge edge) {
    return edge.right()
        ? values[edge.row()][edge.column() + 1]
        : values[edge.row() + 1][edge.column()];
  }
}
