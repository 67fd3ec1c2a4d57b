package dev.descent.train;

import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A model's layers as tensors of a program, and the operations of its forward and backward passes.
///
/// Values lie in one tensor a layer, of as many rows as a full batch; a short batch uses the first
/// rows. A dense layer's bias and activation work in place where the activation allows it, and the
/// backward pass of everything but a matmul works in place on the derivative.
final class Network {
  private final Buffer parameters;
  private final @Nullable Buffer gradients;
  private final List<Stage> stages = new ArrayList<>();
  private final long seed;

  /// A layer with its tensors.
  ///
  /// @param weight null but for a dense layer
  /// @param bias null but for a dense layer
  /// @param sum of a dense layer: what goes into its activation
  /// @param out what comes out of the layer; the same as sum where the activation works in place
  /// @param dIn the derivative by the layer's input; null where nobody needs it
  private record Stage(
      Layer layer,
      @Nullable Parameter weight,
      @Nullable Parameter bias,
      Tensor sum,
      Tensor out,
      @Nullable Tensor dIn) {
    Activation activation() {
      return switch (layer) {
        case Layer.Dense dense -> dense.activation();
        case Layer.Activate activate -> activate.activation();
        case Layer.Dropout _ -> Activation.LINEAR;
      };
    }

    /// What the activation's derivative is computed from.
    ///
    /// @param in what the layer reads
    Tensor saved(Tensor in) {
      if (activation().derivativeFromResult()) {
        return out.firstRows(in.rows());
      }
      return layer instanceof Layer.Dense ? sum.firstRows(in.rows()) : in;
    }
  }

  /// @param builder the network's buffers are added to it
  /// @param layers the model's, or all but the last activation where the loss contains it
  /// @param batch the rows of a full batch
  /// @param training whether there is a backward pass
  /// @param seed of dropout
  Network(
      Program.Builder builder,
      Model model,
      List<Layer> layers,
      int batch,
      boolean training,
      long seed) {
    this.seed = seed;
    int length = model.parameters().length;
    parameters = builder.buffer("parameters", Role.PARAMETERS, DType.F32, length);
    gradients = training ? builder.buffer("gradients", Role.GRADIENTS, DType.F32, length) : null;
    var values = new Values(builder, batch, training);
    int dense = 0;
    int width = model.inputs();
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      int outputs = layer.outputs(width);
      if (layer instanceof Layer.Dense) {
        Parameter weight = model.parameterList().get(2 * dense);
        Parameter bias = model.parameterList().get(2 * dense + 1);
        dense++;
        stages.add(values.dense(layer, weight, bias, "dense" + dense, dense > 1));
      } else {
        stages.add(values.elementwise(layer, "layer" + (i + 1), outputs));
      }
      width = outputs;
    }
  }

  /// Adds the tensors of layers to a program.
  private record Values(Program.Builder builder, int batch, boolean training) {
    Stage dense(Layer layer, Parameter weight, Parameter bias, String name, boolean needsDIn) {
      int units = weight.columns();
      Activation activation = ((Layer.Dense) layer).activation();
      Tensor sum = values(name + ".out", units);
      Tensor out = activation.derivativeFromResult() ? sum : values(name + ".activated", units);
      Tensor dIn = training && needsDIn ? values(name + ".dIn", weight.rows()) : null;
      return new Stage(layer, weight, bias, sum, out, dIn);
    }

    Stage elementwise(Layer layer, String name, int width) {
      Tensor out = values(name + ".out", width);
      return new Stage(layer, null, null, out, out, null);
    }

    private Tensor values(String name, long width) {
      return builder
          .buffer(name, Role.ACTIVATIONS, DType.F32, batch * width)
          .asMatrix(batch, width);
    }
  }

  /// The flat buffer of parameters.
  Buffer parameters() {
    return parameters;
  }

  /// The flat buffer of gradients.
  Buffer gradients() {
    if (gradients == null) {
      throw new IllegalStateException("a network without a backward pass has no gradients");
    }
    return gradients;
  }

  /// Adds the forward pass.
  ///
  /// @param input the batch, its rows those of the pass
  /// @param state for dropout; null where there is no training, and so no dropout
  /// @return what the last layer gives
  Tensor forward(Tensor input, @Nullable Tensor state, List<Operation> operations) {
    Tensor x = input;
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      Tensor out = stage.out().firstRows(input.rows());
      switch (stage.layer()) {
        case Layer.Dense dense -> {
          Tensor sum = stage.sum().firstRows(input.rows());
          operations.add(new MatMul(x, false, weight(stage), false, sum, 1, 0));
          operations.add(new AddBias(sum, bias(stage), sum));
          if (dense.activation() != Activation.LINEAR) {
            operations.add(new Activate(dense.activation(), sum, out));
          }
          x = out;
        }
        case Layer.Activate activate -> {
          operations.add(new Activate(activate.activation(), x, out));
          x = out;
        }
        case Layer.Dropout dropout -> {
          if (state != null) {
            operations.add(new Dropout(x, state, out, dropout.rate(), i, seed));
            x = out;
          }
        }
      }
    }
    return x;
  }

  /// Adds the backward pass after a forward pass with dropout.
  ///
  /// @param input the batch
  /// @param gradient the loss's derivative by the last layer's output; overwritten
  void backward(Tensor input, Tensor gradient, Tensor state, List<Operation> operations) {
    Tensor d = gradient;
    for (int i = stages.size() - 1; i >= 0; i--) {
      Stage stage = stages.get(i);
      Tensor in = i == 0 ? input : stages.get(i - 1).out().firstRows(input.rows());
      switch (stage.layer()) {
        case Layer.Dense _ -> {
          activateBackward(stage, in, d, operations);
          operations.add(new MatMul(in, true, d, false, weightGradient(stage), 1, 0));
          operations.add(new SumRows(d, biasGradient(stage)));
          if (stage.dIn() == null) {
            return;
          }
          Tensor dIn = stage.dIn().firstRows(input.rows());
          operations.add(new MatMul(d, false, weight(stage), true, dIn, 1, 0));
          d = dIn;
        }
        case Layer.Activate _ -> activateBackward(stage, in, d, operations);
        case Layer.Dropout dropout ->
            operations.add(new Dropout(d, state, d, dropout.rate(), i, seed));
      }
    }
  }

  private static void activateBackward(
      Stage stage, Tensor in, Tensor d, List<Operation> operations) {
    if (stage.activation() != Activation.LINEAR) {
      operations.add(new ActivateBackward(stage.activation(), stage.saved(in), d, d));
    }
  }

  private Tensor weight(Stage stage) {
    return view(parameters, stage.weight());
  }

  private Tensor bias(Stage stage) {
    return view(parameters, stage.bias());
  }

  private Tensor weightGradient(Stage stage) {
    return view(gradients(), stage.weight());
  }

  private Tensor biasGradient(Stage stage) {
    return view(gradients(), stage.bias());
  }

  private static Tensor view(Buffer buffer, @Nullable Parameter parameter) {
    if (parameter == null) {
      throw new IllegalStateException("a layer without parameters");
    }
    String name = buffer.role() == Role.GRADIENTS ? parameter.name() + ".d" : parameter.name();
    return new Tensor(name, buffer, parameter.offset(), parameter.rows(), parameter.columns());
  }
}
