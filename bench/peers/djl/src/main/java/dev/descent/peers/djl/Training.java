package dev.descent.peers.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.descent.data.DataSet;
import dev.descent.peers.Network;
import dev.descent.peers.Product;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import java.util.Arrays;

/// DJL, in a hand-written loop around its trainer; or, as the variant `easytrain`, in the loop that
/// it offers.
public final class Training implements Side {
  private static final String EASY_TRAIN = "easytrain";

  /// Images that are judged together; of those to train on, the ones that the loss is measured on
  /// where the product does not tell it.
  private static final int MEASURED = 2000;

  private final int batch;
  private final boolean easyTrain;
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final NDArray images;
  private final NDArray labels;
  private final NDArray testImages;
  private final NDArray testLabels;
  private final ArrayDataset dataset;
  private final Model model = Model.newInstance("model", Device.cpu());
  private final Loss loss = Loss.softmaxCrossEntropyLoss();
  private final Trainer trainer;

  private Training(Task task) {
    batch = task.batch();
    easyTrain = task.variant().equals(EASY_TRAIN);
    if (!easyTrain && !task.variant().isEmpty()) {
      throw new IllegalArgumentException(
          "no variant " + task.variant() + "; there is " + EASY_TRAIN);
    }
    DataSet train = task.train();
    DataSet test = task.test();
    Network network = task.network();
    images = images(network, train);
    labels = labels(train);
    testImages = images(network, test);
    testLabels = labels(test);
    dataset =
        new ArrayDataset.Builder()
            .setData(images)
            .optLabels(labels)
            .setSampling(batch, true)
            .build();
    model.setBlock(network == Network.MLP ? dense(network) : convolutions(network));
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(loss)
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(
                    Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed(Task.LEARNING_RATE))
                        .build()));
    trainer.initialize(shape(network, batch));
  }

  public static void main(String[] args) {
    // Of operations that run side by side; those within one follow OMP_NUM_THREADS.
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    Worker.train(args, Training::new);
  }

  private static Shape shape(Network network, long count) {
    return network == Network.MLP
        ? new Shape(count, Task.PIXELS)
        : new Shape(count, 1, Task.SIDE, Task.SIDE);
  }

  private NDArray images(Network network, DataSet data) {
    return manager.create(Task.scaled(data), shape(network, data.size()));
  }

  private static SequentialBlock dense(Network network) {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(Task.HIDDEN).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(Task.HIDDEN).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(network.classes()).build());
  }

  /// In the newer generation normalisation comes before ReLU, and in the dense layer dropout does;
  /// in the older one after it, and pooling rounds up.
  private static SequentialBlock convolutions(Network network) {
    boolean older = network == Network.ASL_CNN_KERAS;
    var block = new SequentialBlock();
    for (int index = 0; index < network.filters().size(); index++) {
      block.add(
          Conv2d.builder()
              .setKernelShape(new Shape(3, 3))
              .optPadding(new Shape(1, 1))
              .setFilters(network.filters().get(index))
              .build());
      if (!older) {
        block.add(normalisation(network));
      }
      block.add(Activation::relu);
      if (index == 1) {
        block.add(Dropout.builder().optRate(Network.DROPOUT).build());
      }
      if (older) {
        block.add(normalisation(network));
      }
      block.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), older));
    }
    block.add(Blocks.batchFlattenBlock()).add(Linear.builder().setUnits(Task.HIDDEN).build());
    if (older) {
      block.add(Activation::relu);
    }
    block.add(Dropout.builder().optRate(Network.DENSE_DROPOUT).build());
    if (!older) {
      block.add(Activation::relu);
    }
    return block.add(Linear.builder().setUnits(network.classes()).build());
  }

  private static Block normalisation(Network network) {
    var settings = network.normalisation();
    return BatchNorm.builder()
        .optEpsilon(settings.epsilon())
        .optMomentum(settings.momentum())
        .build();
  }

  private NDArray labels(DataSet data) {
    long[] labels = Arrays.stream(data.labels()).asLongStream().toArray();
    return manager.create(labels, new Shape(labels.length));
  }

  @Override
  public Epoch epoch() throws Exception {
    return easyTrain ? easyEpoch() : ownEpoch();
  }

  private Epoch ownEpoch() {
    long start = System.nanoTime();
    long size = images.getShape().get(0);
    double sum = 0;
    try (NDManager epoch = manager.newSubManager()) {
      NDArray order = epoch.randomPermutation(size);
      for (long first = 0; first < size; first += batch) {
        long end = Math.min(first + batch, size);
        sum += step(order.get(first + ":" + end)) * (end - first);
      }
    }
    return Epoch.since(start, sum, size);
  }

  private double step(NDArray rows) {
    try (NDManager step = manager.newSubManager()) {
      rows.attach(step);
      NDArray samples = images.get(rows);
      NDArray answers = labels.get(rows);
      samples.attach(step);
      answers.attach(step);
      double value;
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDArray lossValue =
            loss.evaluate(new NDList(answers), trainer.forward(new NDList(samples)));
        collector.backward(lossValue);
        value = lossValue.getFloat();
      }
      trainer.step();
      return value;
    }
  }

  /// The loop does not hand out the loss: it is measured afterwards, on some of the images.
  private Epoch easyEpoch() throws Exception {
    long start = System.nanoTime();
    for (Batch part : trainer.iterateDataset(dataset)) {
      EasyTrain.trainBatch(trainer, part);
      trainer.step();
      part.close();
    }
    Epoch epoch = Epoch.since(start, 0, 1);
    return new Epoch(epoch.seconds(), lossAfterwards());
  }

  private double lossAfterwards() {
    long count = Math.min(MEASURED, images.getShape().get(0));
    try (NDManager scope = manager.newSubManager()) {
      NDArray samples = images.get("0:" + count);
      NDArray answers = labels.get("0:" + count);
      samples.attach(scope);
      answers.attach(scope);
      return loss.evaluate(new NDList(answers), trainer.evaluate(new NDList(samples))).getFloat();
    }
  }

  @Override
  public double accuracy() {
    long size = testLabels.getShape().get(0);
    long right = 0;
    for (long first = 0; first < size; first += MEASURED) {
      String some = first + ":" + Math.min(first + MEASURED, size);
      try (NDManager scope = manager.newSubManager()) {
        NDArray samples = testImages.get(some);
        NDArray answers = testLabels.get(some);
        samples.attach(scope);
        answers.attach(scope);
        NDArray own = trainer.evaluate(new NDList(samples)).singletonOrThrow().argMax(1);
        right += own.eq(answers).toType(DataType.INT64, false).sum().getLong();
      }
    }
    return (double) right / size;
  }

  @Override
  public String description() {
    return "DJL %s with %s %s, %s"
        .formatted(
            Product.version("api"),
            Engine.getInstance().getEngineName(),
            Engine.getInstance().getVersion(),
            easyTrain
                ? "its own loop EasyTrain; loss: afterwards on " + MEASURED + " images"
                : "a hand-written loop around its trainer");
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
    manager.close();
  }
}
