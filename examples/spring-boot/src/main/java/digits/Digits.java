package digits;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.predict.Prediction;
import dev.descent.predict.Predictor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.annotation.PreDestroy;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.stereotype.Service;

/// The model that answers, and the thread that retrains it.
@Service
public class Digits {
  private static final int COUNT = 2000;

  private final Engine engine;
  private final Model model;
  private final Predictor predictor;
  private final TrainingMetrics metrics;
  private final Timer predictions;
  private final ExecutorService trainer = Executors.newSingleThreadExecutor();
  private final AtomicInteger version = new AtomicInteger();

  Digits(Engine engine, Model model, MeterRegistry registry) {
    this.engine = engine;
    this.model = model;
    this.metrics = new TrainingMetrics(registry);
    this.predictions = registry.timer("descent.predictions");
    train();
    this.predictor = engine.predictor(model);
    version.set(1);
  }

  private void train() {
    DataSet digits = dev.descent.data.known.Digits.draw(version.get() + 1, 0, COUNT);
    engine.trainer(model).batch(32).callback(metrics).fit(digits, 2);
  }

  Prediction predict(byte[] picture) {
    return predictions.record(() -> predictor.answer(picture));
  }

  void retrain() {
    trainer.execute(() -> {
      train();
      predictor.update(model);
      version.incrementAndGet();
    });
  }

  int version() {
    return version.get();
  }

  /// Before Spring closes the engine.
  @PreDestroy
  void stop() {
    trainer.close();
    predictor.close();
  }
}
