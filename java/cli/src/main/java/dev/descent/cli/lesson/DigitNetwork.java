package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.List;

/// The networks that lessons on pictures train: on drawn digits, in a moment.
final class DigitNetwork {
  static final int VALIDATION = 500;
  static final int SIDE = 28;
  static final int BATCH = 20;
  static final float RATE = 2e-3f;
  private static final long SEED = 1;

  private DigitNetwork() {}

  /// Digits to learn from.
  static DataSet train(int count) {
    return Digits.draw(SEED, 0, count);
  }

  /// Digits to measure by.
  static DataSet validation() {
    return Digits.draw(SEED, Digits.TRAIN_ROWS, VALIDATION);
  }

  /// Pictures as a data set, with the classes of another.
  static DataSet dataSet(List<Picture> pictures, int[] labels, DataSet like) {
    int size = SIDE * SIDE;
    byte[] pixels = new byte[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).bytes(), 0, pixels, i * size, size);
    }
    return DataSet.images("pictures", pixels, SIDE, SIDE, labels, like.classNames());
  }

  /// A network trained on pictures.
  ///
  /// @param layers as [dev.descent.model.Architecture] has them
  static Model fit(Engine engine, String layers, DataSet train, int epochs) {
    Shape input = layers.startsWith("dense") ? Shape.row(SIDE * SIDE) : new Shape(SIDE, SIDE, 1);
    Model model = Model.sequential(input).layers(layers).build(SEED);
    engine
        .trainer(model)
        .loss(Loss.softmaxCrossEntropy())
        .optimizer(Optimizer.adam(RATE))
        .batch(BATCH)
        .seed(SEED)
        .fit(train, epochs);
    return model;
  }

  /// The share of pictures that a network gets right.
  static double accuracy(Engine engine, Model model, DataSet data) {
    Predictions predictions =
        Predictions.of(model, Loss.softmaxCrossEntropy(), engine.predict(model, data));
    int right = 0;
    for (int i = 0; i < data.size(); i++) {
      right += predictions.best(i) == data.labels()[i] ? 1 : 0;
    }
    return right / (double) data.size();
  }

  static String percent(double share) {
    return Numbers.fixed(100 * share, 1) + " %";
  }
}
