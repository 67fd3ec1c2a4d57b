package dev.descent.train;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/// A figure of how well classes are told apart, that is measured on the validation data after each
/// epoch: see [Trainer#metrics] and [ClassMetrics]. More is better.
///
/// @param kind which figure
/// @param className the class that it is of; empty for the mean over all classes
/// @param k for [Kind#TOP]: among how many of the most probable classes the true one must be; else
///     0
public record Metric(Kind kind, String className, int k) {
  private static final String TOP = "top[1-9]\\d{0,5}";

  /// What is measured.
  public enum Kind {
    /// The share of right ones among what was taken for a class: [ClassMetrics#precision(int)].
    PRECISION,
    /// The share of a class that was recognised: [ClassMetrics#recall(int)].
    RECALL,
    /// The harmonic mean of precision and recall: [ClassMetrics#f1(int)].
    F1,
    /// The area under the ROC curve: [ClassMetrics#auc(int)].
    AUC,
    /// Top-k accuracy.
    TOP
  }

  /// Checks what belongs together.
  ///
  /// @throws IllegalArgumentException if top-k has no k or a class, or another figure has a k
  public Metric {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(className, "className");
    if (kind == Kind.TOP ? k < 1 || !className.isEmpty() : k != 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s with k = %d and class %s", kind, k, className));
    }
  }

  /// {@return the mean over all classes}
  ///
  /// @param kind not top-k
  public static Metric of(Kind kind) {
    return new Metric(kind, "", 0);
  }

  /// {@return top-k accuracy}
  ///
  /// @param k how many classes count
  public static Metric top(int k) {
    return new Metric(Kind.TOP, "", k);
  }

  /// Reads a name: `precision`, `recall`, `f1` or `auc`, with `:CLASS` for that of one class, or
  /// `top5`.
  ///
  /// @param name as on the command line
  /// @return the metric
  /// @throws IllegalArgumentException naming the forms
  public static Metric parse(String name) {
    int colon = name.indexOf(':');
    String word = colon < 0 ? name : name.substring(0, colon);
    String of = colon < 0 ? "" : name.substring(colon + 1);
    if (colon < 0 && word.matches(TOP)) {
      return top(Integer.parseInt(word.substring(3)));
    }
    return Stream.of(Kind.values())
        .filter(kind -> kind != Kind.TOP && kind.name().toLowerCase(Locale.ROOT).equals(word))
        .filter(_ -> colon < 0 || !of.isEmpty())
        .findFirst()
        .map(kind -> new Metric(kind, of, 0))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "must be precision, recall, f1 or auc, with :CLASS for one class, or top5, say"));
  }

  /// {@return the name that [#parse] reads}
  public String name() {
    String word = kind.name().toLowerCase(Locale.ROOT);
    return kind == Kind.TOP ? word + k : className.isEmpty() ? word : word + ":" + className;
  }

  /// {@return its value; NaN where there is none}
  ///
  /// @param metrics what was measured
  /// @throws IllegalArgumentException if there is no such class
  public double of(ClassMetrics metrics) {
    if (kind == Kind.TOP) {
      return metrics.top(k);
    }
    if (className.isEmpty()) {
      return switch (kind) {
        case PRECISION -> metrics.precision();
        case RECALL -> metrics.recall();
        case F1 -> metrics.f1();
        default -> metrics.auc();
      };
    }
    int label = label(metrics.matrix().classNames());
    return switch (kind) {
      case PRECISION -> metrics.precision(label);
      case RECALL -> metrics.recall(label);
      case F1 -> metrics.f1(label);
      default -> metrics.auc(label);
    };
  }

  /// Fails unless data with these classes have the figure.
  ///
  /// @throws IllegalArgumentException if there is no such class
  void requireFit(List<String> classNames) {
    if (!className.isEmpty()) {
      label(classNames);
    }
  }

  private int label(List<String> classNames) {
    int label = classNames.indexOf(className);
    if (label < 0) {
      throw new IllegalArgumentException(
          "metric %s: there is no class %s; there are %s"
              .formatted(name(), className, String.join(", ", classNames)));
    }
    return label;
  }
}
