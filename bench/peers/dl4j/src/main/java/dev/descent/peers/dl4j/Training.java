package dev.descent.peers.dl4j;

import dev.descent.data.DataSet;
import dev.descent.peers.Product;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import java.util.Arrays;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/// A `MultiLayerNetwork` that is given batch after batch.
public final class Training implements Side {
  private static final int TEST_BATCH = 1000;

  private final int batch;
  private final INDArray images;
  private final INDArray labels;
  private final INDArray testImages;
  private final int[] testLabels;
  private final int[] order;
  private final Random random = new Random();
  private final MultiLayerNetwork network;

  private Training(Task task) {
    batch = task.batch();
    task.requireMlp();
    DataSet train = task.train();
    DataSet test = task.test();
    images = matrix(Task.scaled(train), Task.PIXELS);
    labels = matrix(oneHot(train), Task.CLASSES);
    testImages = matrix(Task.scaled(test), Task.PIXELS);
    testLabels = test.labels();
    order = new int[train.size()];
    Arrays.setAll(order, i -> i);
    network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .dataType(DataType.FLOAT)
                .updater(new Adam(Task.LEARNING_RATE))
                .weightInit(WeightInit.RELU)
                .list()
                .layer(dense(Task.PIXELS))
                .layer(dense(Task.HIDDEN))
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(Task.HIDDEN)
                        .nOut(Task.CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    network.init();
  }

  public static void main(String[] args) {
    // The fastest of its builds that any of today's processors runs.
    System.setProperty("org.bytedeco.javacpp.platform.extension", "-avx2");
    Worker.train(args, Training::new);
  }

  private static DenseLayer dense(int inputs) {
    return new DenseLayer.Builder()
        .nIn(inputs)
        .nOut(Task.HIDDEN)
        .activation(Activation.RELU)
        .build();
  }

  private static INDArray matrix(float[] values, int columns) {
    return Nd4j.create(values, new long[] {values.length / columns, columns}, 'c');
  }

  private static float[] oneHot(DataSet data) {
    float[] oneHot = new float[data.size() * Task.CLASSES];
    for (int i = 0; i < data.size(); i++) {
      oneHot[i * Task.CLASSES + data.labels()[i]] = 1;
    }
    return oneHot;
  }

  @Override
  public Epoch epoch() {
    long start = System.nanoTime();
    shuffle();
    double loss = 0;
    for (int first = 0; first < order.length; first += batch) {
      int[] rows = Arrays.copyOfRange(order, first, Math.min(first + batch, order.length));
      network.fit(Nd4j.pullRows(images, 1, rows), Nd4j.pullRows(labels, 1, rows));
      loss += network.score() * rows.length;
    }
    return Epoch.since(start, loss, order.length);
  }

  private void shuffle() {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int row = order[i];
      order[i] = order[j];
      order[j] = row;
    }
  }

  @Override
  public double accuracy() {
    int right = 0;
    for (int first = 0; first < testLabels.length; first += TEST_BATCH) {
      int[] rows = new int[Math.min(TEST_BATCH, testLabels.length - first)];
      int offset = first;
      Arrays.setAll(rows, i -> offset + i);
      int[] answers = network.predict(Nd4j.pullRows(testImages, 1, rows));
      for (int i = 0; i < answers.length; i++) {
        right += answers[i] == testLabels[first + i] ? 1 : 0;
      }
    }
    return (double) right / testLabels.length;
  }

  @Override
  public String description() {
    return "Deeplearning4j %s, its AVX2 build with OpenBLAS %s"
        .formatted(Product.version("deeplearning4j-nn"), Product.version("openblas"));
  }
}
