package dev.descent.cli.text;

import dev.descent.internal.page.Scale;
import dev.descent.internal.page.TextWidth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/// A small plot of one or two curves in letters: dots of braille, eight to a letter, or plain signs
/// where the encoding has no braille. The curves are told apart by colour, or else by their
/// texture: the second is dotted. Each has its name where it ends.
public final class Plot {
  /// In letters. Lower is hard to read, higher pushes away what was printed before.
  private static final int ROWS = 9;

  private static final int LEAST_COLUMNS = 16;
  private static final int MOST_COLUMNS = 60;
  private static final int AXIS = 10;

  /// What stands between a curve and its name.
  private static final int SIGN = 3;

  /// Curves over more than this range are drawn on a logarithmic scale, or all but the first point
  /// would lie on the ground.
  private static final double LARGEST_LINEAR_RATIO = 50;

  private static final String BRAILLE = "⣿";
  private static final String[] COLOURS = {"\u001B[36m", "\u001B[33m"};
  private static final String RESET = "\u001B[0m";

  /// A curve with a value at each whole number; what is not finite leaves a gap.
  public record Curve(String name, double[] values) {
    private boolean isDrawable() {
      return DoubleStream.of(values).filter(Double::isFinite).count() >= 2;
    }
  }

  private final List<Curve> curves;
  private final Scale scale;
  private final int columns;
  private final boolean braille;
  private final boolean colours;

  private Plot(List<Curve> curves, int columns, boolean braille, boolean colours) {
    this.curves = curves;
    this.columns = columns;
    this.braille = braille;
    this.colours = colours;
    this.scale = scale(curves);
  }

  /// The lines of a plot, at most `width` columns wide; none where there is nothing to draw, a
  /// single point say, or no room.
  ///
  /// @param curves at most two are drawn; those without two finite values are left out
  /// @param letters what the terminal can show
  /// @param colours whether it shows colours
  public static List<String> lines(
      String title, List<Curve> curves, int width, Letters letters, boolean colours) {
    List<Curve> drawn = curves.stream().filter(Curve::isDrawable).limit(2).toList();
    int names = SIGN + drawn.stream().mapToInt(c -> TextWidth.of(c.name())).max().orElse(0);
    int columns = Math.min(MOST_COLUMNS, width - AXIS - names);
    if (drawn.isEmpty() || columns < LEAST_COLUMNS) {
      return List.of();
    }
    return new Plot(drawn, columns, letters.have(BRAILLE), colours).draw(title);
  }

  private static Scale scale(List<Curve> curves) {
    double[] values =
        curves.stream()
            .flatMapToDouble(c -> DoubleStream.of(c.values()))
            .filter(Double::isFinite)
            .toArray();
    double low = DoubleStream.of(values).min().orElseThrow();
    double high = DoubleStream.of(values).max().orElseThrow();
    if (low > 0 && high / low > LARGEST_LINEAR_RATIO) {
      return Scale.log(low, high);
    }
    return high - low > Math.abs(high) * 1e-9 && Double.isFinite(high - low)
        ? Scale.linear(low, high)
        : Scale.around(values);
  }

  private List<String> draw(String title) {
    List<DotCanvas> canvases = new ArrayList<>();
    for (int i = 0; i < curves.size(); i++) {
      canvases.add(canvas(curves.get(i), i == 1 && !colours));
    }
    String[] names = names(canvases);
    List<String> lines = new ArrayList<>();
    lines.add(title + (scale.logarithmic() ? ", logarithmic" : ""));
    for (int row = 0; row < ROWS; row++) {
      var line = new StringBuilder(axis(row));
      for (int column = 0; column < columns; column++) {
        line.append(cell(canvases, row, column));
      }
      lines.add((line + " " + names[row]).stripTrailing());
    }
    int last = curves.stream().mapToInt(c -> c.values().length).max().orElse(0);
    String from = " ".repeat(AXIS) + "1";
    String to = Integer.toString(last);
    lines.add(from + " ".repeat(Math.max(1, columns - 1 - to.length())) + to);
    return lines;
  }

  private DotCanvas canvas(Curve curve, boolean dotted) {
    DotCanvas canvas =
        braille
            ? new DotCanvas(columns, ROWS, DotCanvas.BRAILLE_ACROSS, DotCanvas.BRAILLE_DOWN)
            : new DotCanvas(columns, ROWS, 1, 1);
    canvas.curve(curve.values(), curves.getFirst().values().length, scale, dotted);
    return canvas;
  }

  /// `0.4979 |`: the values at the top and at the bottom.
  private String axis(int row) {
    String label = row == 0 ? label(scale.high()) : row == ROWS - 1 ? label(scale.low()) : "";
    String line = braille ? "│" : "|";
    return " ".repeat(Math.max(0, AXIS - 2 - label.length())) + label + " " + line;
  }

  private static String label(double value) {
    double size = Math.abs(value);
    if (size == 0 || (size >= 1e-3 && size < 1e4)) {
      return String.format(Locale.ROOT, "%.4f", value).replaceFirst("^(-?\\d{4}\\.\\d).*", "$1");
    }
    String exponential = String.format(Locale.ROOT, "%.1e", value);
    return exponential.length() <= AXIS - 2
        ? exponential
        : String.format(Locale.ROOT, "%.0e", value);
  }

  /// One letter of the plot; the first curve covers the second.
  private String cell(List<DotCanvas> canvases, int row, int column) {
    int set = 0;
    int dots = 0;
    for (int i = 0; i < canvases.size(); i++) {
      int of = canvases.get(i).dots(row, column);
      set |= of == 0 ? 0 : i + 1;
      dots |= of;
    }
    if (set == 0) {
      return " ";
    }
    String sign =
        braille ? Character.toString(0x2800 + dots) : Character.toString("*o#".charAt(set - 1));
    return colours ? COLOURS[set == 2 ? 1 : 0] + sign + RESET : sign;
  }

  /// The curves' names beside their ends, one below the other where they end together.
  private String[] names(List<DotCanvas> canvases) {
    String[] names = new String[ROWS];
    Arrays.fill(names, "");
    for (int i = 0; i < curves.size(); i++) {
      int row = canvases.get(i).lastRow();
      if (!names[row].isEmpty()) {
        row += row + 1 < ROWS ? 1 : -1;
      }
      String name = curves.get(i).name();
      names[row] = colours ? COLOURS[i] + name + RESET : sign(i) + name;
    }
    return names;
  }

  /// Without colours and without braille the signs tell the curves apart.
  private String sign(int curve) {
    return braille ? "" : "*o".charAt(curve) + " ";
  }
}
