package dev.descent.bench;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.known.Mnist;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.TrainingRun;
import java.nio.file.Path;

/// Reads MNIST, trains a model of 784-512-512-10 for an epoch of batches of 128, and prints the
/// milliseconds from the JVM's start to the end of the first step, and to that of the epoch.
final class FirstStep {
  private FirstStep() {}

  /// Runs it.
  ///
  /// @param args the folder of the data, the backend, and the start in nanoseconds since 1970
  public static void main(String[] args) {
    long start = Long.parseLong(args[2]);
    try (Engine engine = Engine.open(args[1])) {
      engine.warmUp();
      DataSet train = Mnist.train(Path.of(args[0]));
      Model model =
          Model.sequential(784)
              .dense(512, Activation.RELU)
              .dense(512, Activation.RELU)
              .dense(10)
              .build(1);
      var first =
          new Callback() {
            long millis;

            @Override
            public int batchInterval() {
              return millis == 0 ? 1 : Integer.MAX_VALUE;
            }

            @Override
            public void onBatchEnd(TrainingRun run, BatchRecord batch) {
              millis = millis == 0 ? Clock.millisSince(start) : millis;
            }
          };
      engine.trainer(model).batch(128).callback(first).fit(train, 1);
      System.out.println(first.millis + " " + Clock.millisSince(start));
    }
  }
}
