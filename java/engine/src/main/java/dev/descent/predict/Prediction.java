package dev.descent.predict;

import dev.descent.data.Preparation;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a model says to a sample: how probable each class is, or the value of each target in its
/// own unit.
///
/// @param names of the classes or the targets
/// @param values a probability or a value for each
/// @param isClassified whether they are probabilities of classes
public record Prediction(List<String> names, List<Double> values, boolean isClassified) {
  /// Copies the lists.
  public Prediction {
    names = List.copyOf(names);
    values = List.copyOf(values);
  }

  static Prediction of(Model model, Preparation.Answers answers, float[] outputs) {
    double[] values = new double[outputs.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = outputs[i];
    }
    if (model.layers().getLast().activation() == Activation.LINEAR) {
      loss(model, answers).toProbabilities(values, values.length);
    }
    List<Double> list = new ArrayList<>();
    return switch (answers) {
      case Preparation.Classes classes -> {
        if (values.length == 1) {
          // One output is the probability of the second of two classes.
          list.add(1 - values[0]);
        }
        for (double value : values) {
          list.add(value);
        }
        yield new Prediction(classes.names(), list, true);
      }
      case Preparation.Targets targets -> {
        for (int i = 0; i < values.length; i++) {
          list.add(targets.columns().get(i).value(values[i]));
        }
        yield new Prediction(
            targets.columns().stream().map(Preparation.Target::name).toList(), list, false);
      }
    };
  }

  private static Loss loss(Model model, Preparation.Answers answers) {
    Loss known = Loss.named(model.metadata().getOrDefault("loss", ""));
    if (known != null) {
      return known;
    }
    if (answers instanceof Preparation.Targets) {
      return Loss.meanSquaredError();
    }
    return model.outputs() == 1 ? Loss.binaryCrossEntropy() : Loss.softmaxCrossEntropy();
  }

  /// {@return the name of the most probable class, or of the greatest value; the first among
  /// equals}
  public String best() {
    return names.get(values.indexOf(Collections.max(values)));
  }

  /// {@return the probability of a class, or the value of a target}
  ///
  /// @param name one of [#names]
  /// @throws IllegalArgumentException if there is none of that name
  public double value(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("no %s among %s".formatted(name, names));
    }
    return values.get(index);
  }

  /// {@return probabilities or values by name, in the order of [#names]}
  public Map<String, Double> byName() {
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      map.put(names.get(i), values.get(i));
    }
    return Collections.unmodifiableMap(map);
  }
}
