package dev.descent.cli.train;

import dev.descent.cli.shell.Text;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/// What a training run came to, in one line.
final class Totals {
  private Totals() {}

  /// `5 epochs in 12s; best validation accuracy 0.9801 (epoch 4)`; nothing if no epoch was finished.
  /// Where the loss is the mean squared error, its root is told too.
  static Optional<String> of(History history, Loss loss) {
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
    int count = times.length;
    String time =
        "%d %s in %s".formatted(count, count == 1 ? "epoch" : "epochs", Text.duration(seconds));
    return Optional.of(
        time
            + history.epochs().stream()
                .filter(e -> !Double.isNaN(e.valAccuracy()))
                .max(Comparator.comparingDouble(EpochRecord::valAccuracy))
                .map(e ->
                    "; best validation accuracy %s (epoch %d)"
                        .formatted(Text.figure(e.valAccuracy()), e.epoch()))
                .orElse("")
            + rmse(history.last(), loss));
  }

  private static String rmse(EpochRecord last, Loss loss) {
    if (!(loss instanceof MeanSquaredError)) {
      return "";
    }
    String validation =
        Double.isNaN(last.valLoss()) ? "" : ", validation " + Text.figure(last.valRmse());
    return "; RMSE " + Text.figure(last.rmse()) + validation;
  }
}
