package dev.descent.peers.pytorch;

import dev.descent.model.BatchNorm;
import dev.descent.peers.Network;
import dev.descent.peers.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// The layers of a network, as functions of a batch.
final class Layers {
  private static final int KERNEL = 3;

  private final UnaryOperator<Tensor> operand;
  private final UnaryOperator<Tensor> format;
  private final List<Tensor> parameters = new ArrayList<>();
  private final List<Layer> layers = new ArrayList<>();

  /// What becomes of a batch.
  private interface Layer {
    Tensor apply(Tensor batch, boolean training);
  }

  /// @param bf16 whether products take bfloat16
  /// @param oneDnn whether dense layers go through oneDNN, in its own layouts, rather than through
  ///     MKL
  /// @param channelsLast whether images lie with the channels of a pixel together
  Layers(Network network, boolean bf16, boolean oneDnn, boolean channelsLast) {
    operand = bf16 ? tensor -> tensor.toType(torch.ScalarType.BFloat16) : tensor -> tensor;
    format =
        channelsLast
            ? tensor ->
                tensor.to(
                    new TensorOptions(torch.ScalarType.Float),
                    false,
                    false,
                    new MemoryFormatOptional(torch.MemoryFormat.ChannelsLast))
            : tensor -> tensor;
    if (oneDnn) {
      layers.add((batch, training) -> batch.to_mkldnn());
    }
    switch (network) {
      case MLP -> {
        linear(Task.PIXELS, Task.HIDDEN);
        relu();
        linear(Task.HIDDEN, Task.HIDDEN);
        relu();
        linear(Task.HIDDEN, network.classes());
      }
      case ASL_CNN -> convolutions(network, false);
      case ASL_CNN_KERAS -> convolutions(network, true);
    }
    if (oneDnn) {
      layers.add((batch, training) -> batch.to_dense());
    }
    if (bf16) {
      layers.add((batch, training) -> batch.toType(torch.ScalarType.Float));
    }
  }

  /// In the newer generation normalisation comes before ReLU, and in the dense layer dropout does;
  /// in the older one after it, and pooling rounds up.
  private void convolutions(Network network, boolean older) {
    layers.add((batch, training) -> format.apply(batch.view(-1, 1, Task.SIDE, Task.SIDE)));
    int channels = 1;
    int side = Task.SIDE;
    for (int index = 0; index < network.filters().size(); index++) {
      int filters = network.filters().get(index);
      double dropout = index == 1 ? Network.DROPOUT : 0;
      convolution(channels, filters);
      if (older) {
        relu();
        dropout(dropout);
        normalisation(network.normalisation(), filters);
      } else {
        normalisation(network.normalisation(), filters);
        relu();
        dropout(dropout);
      }
      maxPool(older);
      channels = filters;
      side = (older ? side + 1 : side) / 2;
    }
    int flat = channels * side * side;
    layers.add((batch, training) -> batch.reshape(-1, flat));
    linear(flat, Task.HIDDEN);
    if (older) {
      relu();
      dropout(Network.DENSE_DROPOUT);
    } else {
      dropout(Network.DENSE_DROPOUT);
      relu();
    }
    linear(Task.HIDDEN, network.classes());
  }

  private void linear(int inputs, int outputs) {
    Tensor weights = uniform(inputs, outputs, inputs);
    Tensor bias = uniform(inputs, outputs);
    layers.add((batch, training) ->
        torch.linear(
            operand.apply(batch), operand.apply(weights), new TensorOptional(operand.apply(bias))));
  }

  private void convolution(int channels, int filters) {
    int inputs = channels * KERNEL * KERNEL;
    Tensor weights = uniform(inputs, filters, channels, KERNEL, KERNEL);
    Tensor bias = uniform(inputs, filters);
    long[] ones = {1, 1};
    layers.add((batch, training) ->
        torch.conv2d(
            operand.apply(batch),
            operand.apply(weights),
            new TensorOptional(operand.apply(bias)),
            ones,
            ones,
            ones,
            1));
  }

  private void normalisation(BatchNorm settings, int channels) {
    Tensor scale = parameter(torch.ones(channels));
    Tensor shift = parameter(torch.zeros(channels));
    Tensor mean = torch.zeros(channels);
    Tensor variance = torch.ones(channels);
    layers.add((batch, training) ->
        torch.batch_norm(
            batch,
            new TensorOptional(scale),
            new TensorOptional(shift),
            new TensorOptional(mean),
            new TensorOptional(variance),
            training,
            1 - settings.momentum(),
            settings.epsilon(),
            false));
  }

  private void relu() {
    layers.add((batch, training) -> torch.relu(batch));
  }

  private void dropout(double share) {
    if (share > 0) {
      layers.add((batch, training) -> torch.dropout(batch, share, training));
    }
  }

  private void maxPool(boolean roundUp) {
    long[] two = {2, 2};
    long[] zero = {0, 0};
    long[] one = {1, 1};
    layers.add((batch, training) -> torch.max_pool2d(batch, two, two, zero, one, roundUp));
  }

  /// As PyTorch's layers start: weights and biases within 1 / sqrt(inputs).
  private Tensor uniform(int inputs, long... shape) {
    double bound = 1 / Math.sqrt(inputs);
    Tensor drawn = torch.rand(shape).mul_(new Scalar(2 * bound)).sub_(new Scalar(bound));
    return parameter(shape.length == 4 ? format.apply(drawn) : drawn);
  }

  private Tensor parameter(Tensor tensor) {
    Tensor parameter = tensor.set_requires_grad(true);
    parameters.add(parameter);
    return parameter;
  }

  List<Tensor> parameters() {
    return parameters;
  }

  /// The logits.
  Tensor forward(Tensor batch, boolean training) {
    Tensor value = batch;
    for (Layer layer : layers) {
      value = layer.apply(value, training);
    }
    return value;
  }
}
