package dev.descent.peers.smile;

import dev.descent.data.DataSet;
import dev.descent.peers.Product;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import java.util.Arrays;
import java.util.Locale;
import smile.classification.MLP;
import smile.math.MathEx;
import smile.model.mlp.Layer;
import smile.model.mlp.OutputFunction;
import smile.util.function.TimeFunction;

/// Smile has no Adam and no float32: it trains with its RMSProp at the same rate, and works sample
/// by sample also where it is given a batch.
public final class Training implements Side {
  private static final double DECAY = 0.9;
  private static final double EPSILON = 1e-7;

  /// Images that the loss is measured on.
  private static final int MEASURED = 2000;

  private final int batch;
  private final double[][] images;
  private final int[] labels;
  private final double[][] testImages;
  private final int[] testLabels;
  private final MLP network;

  private Training(Task task) {
    batch = task.batch();
    task.requireMlp();
    DataSet train = task.train();
    DataSet test = task.test();
    images = rows(train);
    labels = train.labels();
    testImages = rows(test);
    testLabels = test.labels();
    network =
        new MLP(
            Layer.input(Task.PIXELS),
            Layer.rectifier(Task.HIDDEN),
            Layer.rectifier(Task.HIDDEN),
            Layer.mle(Task.CLASSES, OutputFunction.SOFTMAX));
    network.setLearningRate(TimeFunction.constant(Task.LEARNING_RATE));
    network.setRMSProp(DECAY, EPSILON);
  }

  public static void main(String[] args) {
    Worker.train(args, Training::new);
  }

  private static double[][] rows(DataSet data) {
    float[] scaled = Task.scaled(data);
    double[][] rows = new double[data.size()][Task.PIXELS];
    for (int i = 0; i < scaled.length; i++) {
      rows[i / Task.PIXELS][i % Task.PIXELS] = scaled[i];
    }
    return rows;
  }

  /// The product does not tell its loss: it is measured afterwards, on some of the images.
  @Override
  public Epoch epoch() {
    long start = System.nanoTime();
    int[] order = MathEx.permutate(images.length);
    for (int first = 0; first < order.length; first += batch) {
      int[] rows = Arrays.copyOfRange(order, first, Math.min(first + batch, order.length));
      network.update(
          Arrays.stream(rows).mapToObj(row -> images[row]).toArray(double[][]::new),
          Arrays.stream(rows).map(row -> labels[row]).toArray());
    }
    Epoch epoch = Epoch.since(start, 0, 1);
    return new Epoch(epoch.seconds(), loss());
  }

  private double loss() {
    int count = Math.min(MEASURED, images.length);
    double[] shares = new double[Task.CLASSES];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      network.predict(images[i], shares);
      sum -= Math.log(Math.max(shares[labels[i]], Double.MIN_NORMAL));
    }
    return sum / count;
  }

  @Override
  public double accuracy() {
    int right = 0;
    for (int i = 0; i < testImages.length; i++) {
      right += network.predict(testImages[i]) == testLabels[i] ? 1 : 0;
    }
    return (double) right / testImages.length;
  }

  @Override
  public String description() {
    return String.format(Locale.ROOT, "Smile %s with OpenBLAS; float64, RMSProp (it has no Adam); loss: afterwards on %d images", Product.version("smile-core"), MEASURED);
  }
}
