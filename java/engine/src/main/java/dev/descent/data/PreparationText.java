package dev.descent.data;

import dev.descent.DataException;
import dev.descent.data.Preparation.Answers;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Classes;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.Ground;
import dev.descent.data.Preparation.Inputs;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.data.Preparation.Targets;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// [Preparation] as JSON:
/// `{"table":{"columns":["a",{"name":"b","shift":1.5,"scale":0.5,"missing":2.0},{"name":"c",
/// "values":["x","y"],"gaps":true}],"others":[],"order":["a","b","c","label"],"named":true,
/// "missing":"median"},
/// "classes":{"column":"label","names":["0","1"]}}`, or with
/// `"picture":{"width":28,"height":28,"channels":1,"ground":"dark","centred":true}` and
/// `"targets":[{"name":"price","mean":2.0,"deviation":1.5}]`. A text among the columns is a number
/// with the scale of its table, which is 1 unless it says `"scale"`.
final class PreparationText {
  private PreparationText() {}

  static String write(Preparation preparation) {
    Json.Builder text = Json.object();
    switch (preparation.inputs()) {
      case Picture picture -> text.put("picture", picture(picture));
      case Table table -> text.put("table", table(table));
    }
    switch (preparation.answers()) {
      case Classes classes ->
          text.put(
              "classes",
              Json.object().put("column", classes.column()).put("names", classes.names()).build());
      case Targets targets ->
          text.put(
              "targets",
              new Json.Array(targets.columns().stream().map(PreparationText::target).toList()));
    }
    return text.toString();
  }

  private static Json picture(Picture picture) {
    Json.Builder text =
        Json.object()
            .put("width", picture.width())
            .put("height", picture.height())
            .put("channels", picture.channels())
            .put("ground", picture.ground().name().toLowerCase(Locale.ROOT))
            .put("centred", picture.centred());
    if (picture.transposed()) {
      text.put("transposed", true);
    }
    return text.build();
  }

  private static Json table(Table table) {
    double scale = commonScale(table);
    Json.Builder text = Json.object();
    if (scale != 1) {
      text.put("scale", scale);
    }
    text.put(
            "columns",
            new Json.Array(table.columns().stream().map(column -> column(column, scale)).toList()))
        .put("others", table.others())
        .put("order", table.order())
        .put("named", table.named());
    if (table.missing() != null) {
      text.put("missing", table.missing().toString());
    }
    if (table.picture() != null) {
      text.put("picture", picture(table.picture()));
    }
    return text.build();
  }

  /// The first column's: that of all, where they are pixels.
  private static double commonScale(Table table) {
    return table.columns().getFirst() instanceof NumberColumn number && number.shift() == 0
        ? number.scale()
        : 1;
  }

  private static Json column(Column column, double scale) {
    return switch (column) {
      case NumberColumn number
          when number.shift() == 0 && number.scale() == scale && Double.isNaN(number.missing()) ->
          Json.of(number.name());
      case NumberColumn number ->
          Json.object()
              .put("name", number.name())
              .put("shift", number.shift())
              .put("scale", number.scale())
              .put("missing", number.missing())
              .build();
      case CategoryColumn category ->
          Json.object()
              .put("name", category.name())
              .put("values", category.values())
              .put("gaps", category.gaps())
              .build();
    };
  }

  private static Json target(Target target) {
    return Json.object()
        .put("name", target.name())
        .put("mean", target.mean())
        .put("deviation", target.deviation())
        .build();
  }

  static Preparation read(String text, String where) {
    Json json = Json.parse(text, where);
    try {
      return new Preparation(inputs(json), answers(json));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new DataException(where + ": " + e.getMessage(), e);
    }
  }

  private static Inputs inputs(Json json) {
    Json picture = find(json, "picture");
    return picture == null ? table(get(json, "table")) : picture(picture);
  }

  private static Answers answers(Json json) {
    Json classes = find(json, "classes");
    return classes == null
        ? new Targets(list(json, "targets", PreparationText::target))
        : new Classes(text(classes, "column"), list(classes, "names", PreparationText::text));
  }

  private static Picture picture(Json json) {
    return new Picture(
        whole(json, "width"),
        whole(json, "height"),
        whole(json, "channels"),
        ground(text(json, "ground")),
        truth(json, "centred"),
        find(json, "transposed") != null && truth(json, "transposed"));
  }

  private static Ground ground(String text) {
    for (Ground ground : Ground.values()) {
      if (ground.name().toLowerCase(Locale.ROOT).equals(text)) {
        return ground;
      }
    }
    throw new IllegalArgumentException("no ground is " + Visible.quoted(text));
  }

  private static Table table(Json json) {
    double scale = find(json, "scale") == null ? 1 : number(json, "scale");
    Json picture = find(json, "picture");
    return new Table(
        list(json, "columns", column -> column(column, scale)),
        list(json, "others", PreparationText::text),
        list(json, "order", PreparationText::text),
        truth(json, "named"),
        find(json, "missing") == null ? null : Missing.parse(text(json, "missing")),
        picture == null ? null : picture(picture));
  }

  private static Column column(Json json, double scale) {
    if (json instanceof Json.Text name) {
      return new NumberColumn(name.value(), 0, scale, Double.NaN);
    }
    String name = text(json, "name");
    if (find(json, "values") != null) {
      return new CategoryColumn(
          name, list(json, "values", PreparationText::text), truth(json, "gaps"));
    }
    return new NumberColumn(
        name, number(json, "shift"), number(json, "scale"), number(json, "missing"));
  }

  private static Target target(Json json) {
    return new Target(text(json, "name"), number(json, "mean"), number(json, "deviation"));
  }

  private static @Nullable Json find(Json json, String name) {
    if (json instanceof Json.Members members) {
      return members.get(name);
    }
    throw new IllegalArgumentException("not an object: " + Visible.value(json));
  }

  private static Json get(Json json, String name) {
    Json value = find(json, name);
    if (value == null) {
      throw new IllegalArgumentException("no " + name);
    }
    return value;
  }

  private static <T> List<T> list(Json json, String name, Function<Json, T> element) {
    if (get(json, name) instanceof Json.Array array) {
      return array.elements().stream().map(element).toList();
    }
    throw malformed(json, name);
  }

  private static String text(Json json, String name) {
    if (get(json, name) instanceof Json.Text text) {
      return text.value();
    }
    throw malformed(json, name);
  }

  private static String text(Json json) {
    if (json instanceof Json.Text text) {
      return text.value();
    }
    throw new IllegalArgumentException("not a text: " + Visible.value(json));
  }

  private static boolean truth(Json json, String name) {
    if (get(json, name) instanceof Json.Bool truth) {
      return truth.value();
    }
    throw malformed(json, name);
  }

  private static int whole(Json json, String name) {
    if (get(json, name) instanceof Json.Whole whole && (int) whole.value() == whole.value()) {
      return (int) whole.value();
    }
    throw malformed(json, name);
  }

  /// A number; NaN, which JSON lacks, is null.
  private static double number(Json json, String name) {
    return switch (get(json, name)) {
      case Json.Real real -> real.value();
      case Json.Whole whole -> whole.value();
      case Json.Null _ -> Double.NaN;
      default -> throw malformed(json, name);
    };
  }

  private static IllegalArgumentException malformed(Json json, String name) {
    return new IllegalArgumentException(name + " is " + Visible.value(get(json, name)));
  }
}
