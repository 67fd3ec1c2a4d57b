package dev.descent.cli.compare;

import dev.descent.BackendUnavailableException;
import dev.descent.Engine;
import dev.descent.cli.option.Converters;
import dev.descent.cli.shell.Interruption;
import dev.descent.model.Model;
import dev.descent.report.Measurement;
import dev.descent.train.Trainer;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;

/// One setting, trained on several backends in turn.
///
/// @param setting what other settings of a sweep do not have: `batch 128, hidden 512,512`
/// @param contenders in the order of their turns, their work done
public record Comparison(Setting setting, List<Contender> contenders) {
  /// What a sweep varies.
  public record Setting(int batch, Converters.Widths hidden) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "batch %d, hidden %s", batch, hidden);
    }
  }

  /// How every contender trains.
  ///
  /// @param threads of backends that run on the CPU
  /// @param samples of an epoch
  /// @param told of each epoch
  record Work(
      int threads,
      int samples,
      Function<Engine, Model> newModel,
      Consumer<Trainer> setUp,
      Consumer<Trainer> fit,
      Consumer<Contender> told) {}

  /// Trains on each backend, in threads that take turns.
  static Comparison run(
      Setting setting, List<String> backends, Interruption interruption, Work work) {
    var turns = new Turns<>(backends);
    List<Contender> contenders =
        backends.stream().map(name -> new Contender(name, turns, work.told())).toList();
    interruption.guard(() -> contenders.forEach(contender -> contender.stop("interrupted")));
    List<Thread> running =
        contenders.stream()
            .map(c -> c.start(work.threads(), work.newModel(), work.setUp(), work.fit()))
            .toList();
    running.forEach(Comparison::join);
    return new Comparison(setting, contenders);
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// What those that finished an epoch came to.
  List<Measurement> measurements(int samples) {
    return contenders.stream()
        .filter(c -> !c.epochs().isEmpty())
        .map(c ->
            new Measurement(
                c.backend(),
                String.valueOf(c.device()),
                setting.batch(),
                samples,
                c.epochs(),
                c.startSeconds(),
                c.deviceBytes()))
        .toList();
  }

  /// Those that failed.
  List<Contender> failed() {
    return contenders.stream().filter(c -> c.failure() != null).toList();
  }

  /// The names of those that another setting may be tried on.
  List<String> able() {
    return contenders.stream()
        .filter(c -> !(c.failure() instanceof BackendUnavailableException))
        .map(Contender::backend)
        .toList();
  }
}
