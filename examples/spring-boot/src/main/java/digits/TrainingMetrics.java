package digits;

import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/// Training as Micrometer's meters: epochs, their time, and the last loss and accuracy.
final class TrainingMetrics implements Callback {
  private final Counter epochs;
  private final Timer time;
  private final AtomicReference<Double> loss = new AtomicReference<>(Double.NaN);
  private final AtomicReference<Double> accuracy = new AtomicReference<>(Double.NaN);

  TrainingMetrics(MeterRegistry registry) {
    epochs = registry.counter("descent.training.epochs");
    time = registry.timer("descent.training.time");
    registry.gauge("descent.training.loss", loss, AtomicReference::get);
    registry.gauge("descent.training.accuracy", accuracy, AtomicReference::get);
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    epochs.increment();
    time.record(Duration.ofNanos((long) (epoch.seconds() * 1e9)));
    loss.set(epoch.loss());
    accuracy.set(epoch.accuracy());
  }
}
