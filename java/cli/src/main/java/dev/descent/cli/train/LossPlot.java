package dev.descent.cli.train;

import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.text.Letters;
import dev.descent.cli.text.Plot;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// The losses of a training run as a small plot, for its end on a terminal.
final class LossPlot {
  private LossPlot() {}

  /// The plot's lines, with a blank one before and behind it; none where output goes into a file or
  /// a pipe, or there are fewer than two epochs.
  static List<String> of(History history, Invocation invocation) {
    Terminal terminal = invocation.terminal();
    if (!terminal.present()) {
      return List.of();
    }
    List<Plot.Curve> curves =
        List.of(
            new Plot.Curve("training", losses(history, EpochRecord::loss)),
            new Plot.Curve("validation", losses(history, EpochRecord::valLoss)));
    Letters letters = new Letters(invocation.out().charset());
    List<String> plot =
        Plot.lines("loss by epoch", curves, terminal.width(), letters, terminal.colours());
    if (plot.isEmpty()) {
      return plot;
    }
    return Stream.of(List.of(""), plot, List.of("")).flatMap(List::stream).toList();
  }

  private static double[] losses(History history, ToDoubleFunction<EpochRecord> loss) {
    return history.epochs().stream().mapToDouble(loss).toArray();
  }
}
