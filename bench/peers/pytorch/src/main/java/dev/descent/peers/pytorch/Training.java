package dev.descent.peers.pytorch;

import dev.descent.data.DataSet;
import dev.descent.peers.Network;
import dev.descent.peers.Product;
import dev.descent.peers.Side;
import dev.descent.peers.Task;
import dev.descent.peers.Worker;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// The loop that one writes in C++ for speed: no modules, one fused update a step, gradients
/// dropped rather than zeroed. As the variant `bf16` its layers compute in bfloat16, as autocast
/// has them: with copies of the weights that are made each step; oneDNN computes those products, by
/// AMX where the processor has it. As the variant `onednn` float32's go through oneDNN too, instead
/// of MKL. As the variant `channels-last` images and kernels have that memory format. As the variant
/// `unfolded` convolutions don't go through oneDNN, whose results in the usual memory format are NaN
/// on some processors, but are unfolded and multiplied by MKL.
public final class Training implements Side {
  private static final String LIBRARIES = "libtorch/pytorch/cpu/linux-x86_64";

  private static final String BF16 = "bf16";
  private static final String ONEDNN = "onednn";
  private static final String CHANNELS_LAST = "channels-last";
  private static final String UNFOLDED = "unfolded";
  private static final List<String> VARIANTS = List.of(BF16, ONEDNN, CHANNELS_LAST, UNFOLDED);

  /// Test images that are judged together, so that a convolution of all does not fill the memory.
  private static final int JUDGED = 1000;

  private final int batch;
  private final String variant;
  private final long size;
  private final Tensor images;
  private final Tensor labels;
  private final Tensor testImages;
  private final Tensor testLabels;
  private final Layers layers;
  private final FusedAdam adam;

  private Training(Task task) {
    batch = task.batch();
    variant = task.variant();
    if (!variant.isEmpty() && !VARIANTS.contains(variant)) {
      throw new IllegalArgumentException(
          "no variant %s; there are %s".formatted(variant, String.join(", ", VARIANTS)));
    }
    if (variant.equals(ONEDNN) && task.network() != Network.MLP) {
      throw new IllegalArgumentException(
          "the variant onednn is for mlp; convolutions take it anyway");
    }
    if (variant.equals(UNFOLDED)) {
      if (task.network() == Network.MLP) {
        throw new IllegalArgumentException("the variant unfolded is for networks that convolve");
      }
      torch.globalContext().setUserEnabledMkldnn(false);
    }
    torch.set_num_threads(task.threads());
    DataSet train = task.train();
    DataSet test = task.test();
    size = train.size();
    images = images(train);
    labels = labels(train);
    testImages = images(test);
    testLabels = labels(test);
    layers =
        new Layers(
            task.network(),
            variant.equals(BF16),
            variant.equals(ONEDNN),
            variant.equals(CHANNELS_LAST));
    try (var _ = new AutoGradMode(false)) {
      adam = new FusedAdam(layers.parameters());
    }
  }

  public static void main(String[] args) {
    takeLibTorchWithMkl();
    Worker.train(args, Training::new);
  }

  /// JavaCPP's own LibTorch is built with OpenBLAS; the published one, which has MKL, lies beside
  /// this class's jar and is taken first.
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
      Tensor logits = layers.forward(torch.index_select(images, 0, rows), true);
      Tensor loss = torch.cross_entropy_loss(logits, torch.index_select(labels, 0, rows));
      loss.backward();
      try (var _ = new AutoGradMode(false)) {
        adam.step();
      }
      for (Tensor parameter : layers.parameters()) {
        parameter.mutable_grad().reset();
      }
      return loss.item_float();
    }
  }

  @Override
  public double accuracy() {
    long size = testLabels.size(0);
    long right = 0;
    for (long first = 0; first < size; first += JUDGED) {
      long count = Math.min(JUDGED, size - first);
      try (var _ = new PointerScope();
          var _ = new AutoGradMode(false)) {
        Tensor logits = layers.forward(torch.narrow(testImages, 0, first, count), false);
        Tensor answers = logits.argmax(new LongOptional(1), false);
        right += answers.eq(torch.narrow(testLabels, 0, first, count)).sum().item_long();
      }
    }
    return (double) right / size;
  }

  private String products() {
    return switch (variant) {
      case BF16 -> "products in bf16 by oneDNN";
      case ONEDNN -> "float32 by oneDNN";
      case UNFOLDED -> "float32, convolutions unfolded for MKL";
      default -> variant.isEmpty() ? "float32" : variant;
    };
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "PyTorch %s through JavaCPP, fused Adam, %s, MKL %s, kernels for %s, %d threads",
        Product.version("pytorch"),
        products(),
        torch.hasMKL() ? "yes" : "no",
        torch.get_cpu_capability().getString(),
        torch.get_num_threads());
  }
}
