package dev.descent.cli.train;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Target;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// What a training run came to, in one line.
final class Totals {
  private Totals() {}

  /// `5 epochs in 12s; best validation accuracy 0.9801 (epoch 4)`; nothing if no epoch was
  /// finished. Where the loss is the mean squared error, its root is told too.
  ///
  /// @param train what was learned from: its target's own unit is that of the root
  static Optional<String> of(History history, Loss loss, DataSet train) {
    if (history.epochs().isEmpty()) {
      return Optional.empty();
    }
    // The times of epochs before a resumption are not known.
    double[] times =
        history.epochs().stream()
            .mapToDouble(e -> e.seconds() + e.valSeconds())
            .filter(t -> !Double.isNaN(t))
            .toArray();
    double seconds = Arrays.stream(times).sum();
    String time = Text.count(times.length, "epoch") + " in " + Text.duration(seconds);
    return Optional.of(
        time
            + history.epochs().stream()
                .filter(e -> !Double.isNaN(e.valAccuracy()))
                .max(Comparator.comparingDouble(EpochRecord::valAccuracy))
                .map(e ->
                    String.format(
                        Locale.ROOT,
                        "; best validation accuracy %s (epoch %d)",
                        Text.figure(e.valAccuracy()),
                        e.epoch()))
                .orElse("")
            + rmse(history.last(), loss, unit(train)));
  }

  /// What a model's unit is in the target's own; NaN where there are several of different units.
  private static double unit(DataSet train) {
    return train
        .preparation()
        .filter(preparation -> preparation.answers() instanceof Preparation.Targets)
        .map(preparation -> ((Preparation.Targets) preparation.answers()).columns())
        .map(targets ->
            targets.stream().mapToDouble(Target::deviation).distinct().count() == 1
                ? targets.getFirst().deviation()
                : Double.NaN)
        .orElse(1.0);
  }

  private static String rmse(EpochRecord last, Loss loss, double unit) {
    if (!(loss instanceof MeanSquaredError) || Double.isNaN(unit)) {
      return "";
    }
    String validation =
        Double.isNaN(last.valLoss()) ? "" : ", validation " + Text.figure(unit * last.valRmse());
    return "; RMSE " + Text.figure(unit * last.rmse()) + validation;
  }
}
