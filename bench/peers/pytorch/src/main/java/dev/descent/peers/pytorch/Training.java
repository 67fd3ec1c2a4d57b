package dev.descent.peers.pytorch;

import dev.descent.data.DataSet;
import dev.descent.peers.Product;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The loop that one writes in C++ for speed: no modules, one fused update a step, gradients dropped
/// rather than zeroed.
public final class Training implements Side {
  private static final String LIBRARIES = "libtorch/pytorch/cpu/linux-x86_64";

  private final int batch;
  private final long size;
  private final Tensor images;
  private final Tensor labels;
  private final Tensor testImages;
  private final Tensor testLabels;
  private final List<Tensor> parameters;
  private final FusedAdam adam;

  private Training(Task task) {
    batch = task.batch();
    torch.set_num_threads(task.threads());
    DataSet train = task.train();
    DataSet test = task.test();
    size = train.size();
    images = images(train);
    labels = labels(train);
    testImages = images(test);
    testLabels = labels(test);
    parameters =
        List.of(
            uniform(Task.PIXELS, Task.HIDDEN, Task.PIXELS),
            uniform(Task.PIXELS, Task.HIDDEN),
            uniform(Task.HIDDEN, Task.HIDDEN, Task.HIDDEN),
            uniform(Task.HIDDEN, Task.HIDDEN),
            uniform(Task.HIDDEN, Task.CLASSES, Task.HIDDEN),
            uniform(Task.HIDDEN, Task.CLASSES));
    try (var _ = new AutoGradMode(false)) {
      adam = new FusedAdam(parameters);
    }
  }

  public static void main(String[] args) {
    takeLibTorchWithMkl();
    Worker.train(args, Training::new);
  }

  /// JavaCPP's own LibTorch is built with OpenBLAS; the published one, which has MKL, lies beside this
  /// class's jar and is taken first.
  private static void takeLibTorchWithMkl() {
    try {
      Path jar =
          Path.of(Training.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path libraries = jar.resolveSibling(LIBRARIES);
      if (!Files.isDirectory(libraries)) {
        throw new IllegalStateException("no LibTorch in " + libraries);
      }
      System.setProperty("java.library.path", libraries.toString());
      System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor images(DataSet data) {
    return Tensor.create(Task.scaled(data), data.size(), Task.PIXELS);
  }

  private static Tensor labels(DataSet data) {
    return Tensor.create(Arrays.stream(data.labels()).asLongStream().toArray());
  }

  /// As PyTorch's linear layers start: weights and biases within 1 / sqrt(inputs).
  private static Tensor uniform(int inputs, long... shape) {
    double bound = 1 / Math.sqrt(inputs);
    return torch
        .rand(shape)
        .mul_(new Scalar(2 * bound))
        .sub_(new Scalar(bound))
        .set_requires_grad(true);
  }

  @Override
  public Epoch epoch() {
    long start = System.nanoTime();
    double loss = 0;
    try (var _ = new PointerScope()) {
      Tensor order = torch.randperm(size);
      for (long first = 0; first < size; first += batch) {
        long count = Math.min(batch, size - first);
        loss += step(order, first, count) * count;
      }
    }
    return Epoch.since(start, loss, size);
  }

  private double step(Tensor order, long first, long count) {
    try (var _ = new PointerScope()) {
      Tensor rows = torch.narrow(order, 0, first, count);
      Tensor logits = forward(torch.index_select(images, 0, rows));
      Tensor loss = torch.cross_entropy_loss(logits, torch.index_select(labels, 0, rows));
      loss.backward();
      try (var _ = new AutoGradMode(false)) {
        adam.step();
      }
      for (Tensor parameter : parameters) {
        parameter.mutable_grad().reset();
      }
      return loss.item_float();
    }
  }

  private Tensor forward(Tensor samples) {
    Tensor first = torch.relu(linear(samples, 0));
    Tensor second = torch.relu(linear(first, 2));
    return linear(second, 4);
  }

  private Tensor linear(Tensor inputs, int index) {
    return torch.linear(
        inputs, parameters.get(index), new TensorOptional(parameters.get(index + 1)));
  }

  @Override
  public double accuracy() {
    try (var _ = new PointerScope();
        var _ = new AutoGradMode(false)) {
      Tensor answers = forward(testImages).argmax(new LongOptional(1), false);
      return (double) answers.eq(testLabels).sum().item_long() / testLabels.size(0);
    }
  }

  @Override
  public String description() {
    return "PyTorch %s through JavaCPP, fused Adam, MKL %s, kernels for %s, %d threads"
        .formatted(
            Product.version("pytorch"),
            torch.hasMKL() ? "yes" : "no",
            torch.get_cpu_capability().getString(),
            torch.get_num_threads());
  }
}
