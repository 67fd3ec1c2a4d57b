package dev.descent.report;

import dev.descent.train.EpochRecord;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// How fast a backend trained, one of several that did the same work.
///
/// @param name of the backend
/// @param device what it ran on, in a line
/// @param batch the samples of a step
/// @param samples the samples of an epoch
/// @param epochs the finished epochs, at least one
/// @param startSeconds from opening the device to the first step
/// @param deviceBytes the most that it held on its device
public record Measurement(
    String name,
    String device,
    int batch,
    int samples,
    List<EpochRecord> epochs,
    double startSeconds,
    long deviceBytes) {
  /// Copies the epochs.
  ///
  /// @throws IllegalArgumentException if there are none
  public Measurement {
    epochs = List.copyOf(epochs);
    if (epochs.isEmpty()) {
      throw new IllegalArgumentException(name + " finished no epoch: there is nothing to compare");
    }
  }

  /// {@return the epochs' times in seconds, least first, without the first epoch, in which code and
  /// caches are still cold, where there are others}
  public double[] seconds() {
    return epochs.stream()
        .skip(epochs.size() > 1 ? 1 : 0)
        .mapToDouble(EpochRecord::seconds)
        .sorted()
        .toArray();
  }

  /// {@return the median of [#seconds]}
  public double medianSeconds() {
    double[] sorted = seconds();
    return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
        .average()
        .orElseThrow();
  }

  /// {@return the one with the least time an epoch, if there is one}
  ///
  /// @param measurements of the same work
  public static Optional<Measurement> fastest(List<Measurement> measurements) {
    return measurements.stream().min(Comparator.comparingDouble(Measurement::medianSeconds));
  }

  /// {@return the samples that training took in a second}
  public double samplesPerSecond() {
    return samples / medianSeconds();
  }

  /// Of a step, the last short one of an epoch counted as a whole one.
  ///
  /// @return the seconds of a training step, the last short one of an epoch counted as a whole one
  public double secondsPerStep() {
    return medianSeconds() / Math.ceilDiv(samples, batch);
  }

  /// {@return the last accuracy: of the validation data where there are any, else of the training
  /// data}
  public double accuracy() {
    EpochRecord last = epochs.getLast();
    return Double.isNaN(last.valAccuracy()) ? last.accuracy() : last.valAccuracy();
  }
}
