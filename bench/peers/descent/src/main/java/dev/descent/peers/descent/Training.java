package dev.descent.peers.descent;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.data.DataSet;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import dev.descent.train.objective.Optimizer;
import java.util.concurrent.SynchronousQueue;

/// One call of `fit` that waits before each epoch until it is requested. It measures itself on the
/// test images after each epoch, beside the time that counts.
public final class Training implements Side, Callback {
  private static final int MOST_EPOCHS = 1000;

  private final DeviceInfo device;
  private final SynchronousQueue<String> requests = new SynchronousQueue<>();
  private final SynchronousQueue<Object> answers = new SynchronousQueue<>();
  private long start;
  private double seconds;
  private double accuracy = Double.NaN;

  private Training(Task task) {
    Engine engine = Variant.open(task.variant(), task.threads());
    device = engine.device();
    DataSet train = task.train();
    DataSet test = task.test();
    Thread.ofPlatform().daemon().start(() -> fit(engine, task, train, test));
  }

  public static void main(String[] args) {
    Worker.train(args, Training::new);
  }

  private void fit(Engine engine, Task task, DataSet train, DataSet test) {
    try (engine) {
      engine
          .trainer(task.network().model())
          .optimizer(Optimizer.adam(Task.LEARNING_RATE))
          .batch(task.batch())
          .validation(test)
          .callback(this)
          .fit(train, MOST_EPOCHS);
      hand(new DescentException("no epochs left after " + MOST_EPOCHS));
    } catch (Throwable e) {
      hand(e);
    }
  }

  @Override
  public void onEpochBegin(TrainingRun run, int epoch) {
    try {
      requests.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    start = System.nanoTime();
  }

  /// The last one of an epoch comes before it is measured on the test images.
  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    seconds = (System.nanoTime() - start) * 1e-9;
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    accuracy = epoch.valAccuracy();
    hand(new Epoch(seconds, epoch.loss()));
  }

  private void hand(Object answer) {
    try {
      answers.put(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Epoch epoch() throws InterruptedException {
    requests.put(Worker.EPOCH);
    Object answer = answers.take();
    if (answer instanceof Epoch epoch) {
      return epoch;
    }
    throw new DescentException("training ended", (Throwable) answer);
  }

  @Override
  public double accuracy() {
    return accuracy;
  }

  @Override
  public String description() {
    return "Descent, backend %s: %s, %s"
        .formatted(device.backend(), device.device(), device.detail());
  }
}
