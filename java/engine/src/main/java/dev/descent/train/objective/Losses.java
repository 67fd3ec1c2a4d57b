package dev.descent.train.objective;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The losses that are known by name.
final class Losses {
  static final Map<String, Loss> KNOWN =
      new ConcurrentHashMap<>(
          Stream.of(new SoftmaxCrossEntropy(), new BinaryCrossEntropy(), new MeanSquaredError())
              .collect(Collectors.toMap(Loss::name, Function.identity())));

  private Losses() {}
}
