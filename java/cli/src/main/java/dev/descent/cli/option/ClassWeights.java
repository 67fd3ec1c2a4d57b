package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// What the losses of each class's samples are multiplied by, as `--class-weights` says it:
/// `balanced`, a number for each class in order (`1,20`), or numbers for some by name (`fraud=20`).
///
/// @param text as it was written
public record ClassWeights(String text) {
  private static final String BALANCED = "balanced";
  private static final String FORMS =
      "must be balanced, a number for each class (1,20), or numbers by name (fraud=20)";

  /// @throws IllegalArgumentException naming the forms
  public ClassWeights {
    if (!text.equals(BALANCED)) {
      for (String part : parts(text)) {
        number(part.substring(part.lastIndexOf('=') + 1));
      }
    }
  }

  private static List<String> parts(String text) {
    return Arrays.asList(text.split(",", -1));
  }

  private static float number(String text) {
    try {
      return Converters.number(text, ">= 0", v -> v >= 0 && Float.isFinite(v));
    } catch (TypeConversionException e) {
      throw new IllegalArgumentException(FORMS, e);
    }
  }

  /// The same data with these weights.
  ///
  /// @throws DataException if the weights do not fit the data's classes
  public DataSet apply(DataSet data) {
    if (!data.isClassified()) {
      throw new DataException(
          "--class-weights is for classes; data set " + data.name() + " has target values");
    }
    return data.withClassWeights(weights(data));
  }

  private float[] weights(DataSet data) {
    if (text.equals(BALANCED)) {
      return data.balancedClassWeights();
    }
    List<String> names = data.classNames();
    List<String> parts = parts(text);
    float[] weights = new float[names.size()];
    Arrays.fill(weights, 1);
    if (parts.stream().noneMatch(part -> part.contains("="))) {
      if (parts.size() != names.size()) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "--class-weights has %d numbers; there are %d classes: %s",
                parts.size(),
                names.size(),
                shown(names)));
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] = number(parts.get(i));
      }
      return weights;
    }
    for (String part : parts) {
      int equals = part.lastIndexOf('=');
      int label = equals < 0 ? -1 : names.indexOf(part.substring(0, equals));
      if (label < 0) {
        throw new DataException(
            "--class-weights %s: there is no such class; there are %s"
                .formatted(Visible.value(part), shown(names)));
      }
      weights[label] = number(part.substring(equals + 1));
    }
    return weights;
  }

  private static String shown(List<String> names) {
    return Visible.value(String.join(", ", names));
  }

  /// Reads `--class-weights`.
  static final class Converter implements ITypeConverter<ClassWeights> {
    @Override
    public ClassWeights convert(String text) {
      try {
        return new ClassWeights(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
