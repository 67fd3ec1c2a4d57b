package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.Comparator;
import java.util.List;

/// One of the lesson's trainings: a small network on drawn digits.
///
/// @param samples how many digits it learns from
/// @param dropout the share of hidden neurons that are silent in a training step
/// @param history what came of it
record OverfittingRun(int samples, float dropout, History history) {
  static final int VALIDATION = 1000;
  static final int EPOCHS = 60;
  static final int HIDDEN = 128;
  static final int BATCH = 20;
  static final float RATE = 2e-3f;
  static final int SMALL = 200;
  static final int LARGE = 2000;
  static final float DROPOUT = 0.5f;
  private static final long SEED = 1;

  static OverfittingRun train(Engine engine, int samples, float dropout) {
    DataSet train = Digits.draw(SEED, 0, samples);
    DataSet validation = Digits.draw(SEED, Digits.TRAIN_ROWS, VALIDATION);
    Model.Builder builder = Model.sequential(train.features()).dense(HIDDEN, Activation.RELU);
    if (dropout > 0) {
      builder.dropout(dropout);
    }
    Model model = builder.dense(train.outputs()).build(SEED);
    History history =
        engine
            .trainer(model)
            .loss(Loss.softmaxCrossEntropy())
            .optimizer(Optimizer.adam(RATE))
            .batch(BATCH)
            .seed(SEED)
            .validation(validation)
            .fit(train, EPOCHS);
    return new OverfittingRun(samples, dropout, history);
  }

  List<EpochRecord> epochs() {
    return history.epochs();
  }

  EpochRecord epoch(int number) {
    return epochs().get(number - 1);
  }

  /// The epoch with the lowest validation loss.
  EpochRecord best() {
    return epochs().stream().min(Comparator.comparingDouble(EpochRecord::valLoss)).orElseThrow();
  }

  double[] losses() {
    return epochs().stream().mapToDouble(EpochRecord::loss).toArray();
  }

  double[] valLosses() {
    return epochs().stream().mapToDouble(EpochRecord::valLoss).toArray();
  }

  double[] accuracies() {
    return epochs().stream().mapToDouble(EpochRecord::accuracy).toArray();
  }

  double[] valAccuracies() {
    return epochs().stream().mapToDouble(EpochRecord::valAccuracy).toArray();
  }
}
