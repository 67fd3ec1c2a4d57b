package dev.descent.report;

import dev.descent.model.Parameter;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps what a [Report] wants to know of a run beside its history: the settings, and after each
/// epoch how large the model's matrices and their gradients are. For that it reads parameters and
/// gradients from the device once an epoch. Serves one run at a time.
public final class RunRecorder implements Callback {
  private final List<Norm> norms = new ArrayList<>();
  private TrainingRun.@Nullable Settings settings;
  private @Nullable Instant started;
  private long deviceBytes;

  /// Makes one for a single run.
  public RunRecorder() {}

  /// How large a matrix of the model was at the end of an epoch.
  ///
  /// @param epoch from 1
  /// @param parameter the matrix's name: `dense1.weight`
  /// @param weights the root of the sum of its squared elements (the Frobenius norm)
  /// @param gradients the same of its gradient in the epoch's last step
  public record Norm(int epoch, String parameter, double weights, double gradients) {}

  @Override
  public void onTrainBegin(TrainingRun run) {
    norms.clear();
    settings = run.settings();
    started = Instant.now();
    deviceBytes = run.deviceBytes();
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    float[] parameters = run.parameters();
    float[] gradients = run.gradients();
    for (Parameter parameter : run.settings().model().parameterList()) {
      if (!parameter.trained()) {
        continue;
      }
      norms.add(
          new Norm(
              epoch.epoch(),
              parameter.name(),
              norm(parameters, parameter),
              norm(gradients, parameter)));
    }
  }

  private static double norm(float[] values, Parameter parameter) {
    double sum = 0;
    int from = (int) parameter.offset();
    for (int i = from; i < from + parameter.size(); i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum);
  }

  /// {@return the norms of all epochs and matrices so far}
  public List<Norm> norms() {
    return List.copyOf(norms);
  }

  /// {@return what the run was asked to do; null before it began}
  public TrainingRun.@Nullable Settings settings() {
    return settings;
  }

  /// {@return when training began; null before it did}
  public @Nullable Instant started() {
    return started;
  }

  /// {@return the bytes that the run held on its device}
  public long deviceBytes() {
    return deviceBytes;
  }
}
