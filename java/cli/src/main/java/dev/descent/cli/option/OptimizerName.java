package dev.descent.cli.option;

import dev.descent.train.objective.Optimizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The optimizers as the command line names them, each with a learning rate that suits it and the
/// flags of its other numbers, in the order in which a checkpoint describes them.
public enum OptimizerName {
  SGD(0.01f),
  MOMENTUM(0.01f, "--momentum"),
  NESTEROV(0.01f, "--momentum"),
  ADAGRAD(0.01f, "--epsilon"),
  RMSPROP(0.001f, "--rho", "--epsilon"),
  ADAM(0.001f, "--beta1", "--beta2", "--epsilon"),
  ADAMW(0.001f, "--beta1", "--beta2", "--epsilon", "--weight-decay");

  private final float learningRate;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that never changes
  private final List<String> flags;

  OptimizerName(float learningRate, String... flags) {
    this.learningRate = learningRate;
    this.flags = List.of(flags);
  }

  /// The default learning rate.
  float learningRate() {
    return learningRate;
  }

  /// Whether a flag sets one of its numbers.
  boolean has(String flag) {
    return flags.contains(flag);
  }

  /// The optimizers that have a flag, as `momentum and nesterov`.
  static String users(String flag) {
    List<String> users =
        Arrays.stream(values()).filter(name -> name.has(flag)).map(Converters::word).toList();
    int last = users.size() - 1;
    return last == 0
        ? users.getFirst()
        : String.join(", ", users.subList(0, last)) + " and " + users.get(last);
  }

  /// Makes the optimizer.
  ///
  /// @param numbers by flag; those that are not there are PyTorch's
  Optimizer create(float rate, Map<String, Float> numbers) {
    float momentum = numbers.getOrDefault("--momentum", 0.9f);
    float epsilon = numbers.getOrDefault("--epsilon", this == ADAGRAD ? 1e-10f : 1e-8f);
    float rho = numbers.getOrDefault("--rho", 0.99f);
    float beta1 = numbers.getOrDefault("--beta1", 0.9f);
    float beta2 = numbers.getOrDefault("--beta2", 0.999f);
    float decay = this == ADAMW ? numbers.getOrDefault("--weight-decay", 0.01f) : 0;
    return switch (this) {
      case SGD -> Optimizer.sgd(rate);
      case MOMENTUM -> Optimizer.momentum(rate, momentum);
      case NESTEROV -> Optimizer.nesterov(rate, momentum);
      case ADAGRAD -> new Optimizer.Adagrad(rate, epsilon);
      case RMSPROP -> new Optimizer.RmsProp(rate, rho, epsilon);
      case ADAM, ADAMW -> new Optimizer.Adam(rate, beta1, beta2, epsilon, decay);
    };
  }

  /// The numbers of an optimizer that a checkpoint describes.
  ///
  /// @param description a name and its numbers: `rmsprop 0.99 1.0E-8`
  /// @throws IllegalArgumentException if it describes none of these
  public static Map<String, Float> numbers(String description) {
    String[] words = description.split(" ", -1);
    OptimizerName name =
        Arrays.stream(values())
            .filter(value -> Converters.word(value).equals(words[0]))
            .findFirst()
            .orElseThrow(IllegalArgumentException::new);
    Map<String, Float> numbers = new HashMap<>();
    for (int i = 0; i < Math.min(name.flags.size(), words.length - 1); i++) {
      numbers.put(name.flags.get(i), Float.valueOf(words[i + 1]));
    }
    name.create(name.learningRate, numbers);
    return numbers;
  }
}
