package dev.descent.peers.pytorch;

import dev.descent.peers.Task;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/// PyTorch's fused kernel for Adam, one call for all parameters. Its C++ optimizers don't use it,
/// so it is called through the dispatcher, as Python's `Adam(fused=True)` does.
final class FusedAdam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final OperatorHandle operator =
      Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adam_", "");
  private final Type.TypePtr tensorType = new Type.TypePtr(TensorType.get());
  private final List<Tensor> parameters;
  private final List<Tensor> means;
  private final List<Tensor> squares;
  private final List<Tensor> steps;

  /// @param parameters modified by each [#step]
  FusedAdam(List<Tensor> parameters) {
    this.parameters = List.copyOf(parameters);
    means = parameters.stream().map(torch::zeros_like).toList();
    squares = parameters.stream().map(torch::zeros_like).toList();
    steps = parameters.stream().map(parameter -> torch.zeros(1)).toList();
  }

  /// Updates the parameters by their gradients, which are left as they are. The gradient mode must
  /// be off.
  void step() {
    try (var _ = new PointerScope()) {
      for (Tensor step : steps) {
        step.add_(new Scalar(1f));
      }
      var stack = new IValueVector();
      stack.push_back(list(parameters));
      stack.push_back(list(parameters.stream().map(Tensor::grad).toList()));
      stack.push_back(list(means));
      stack.push_back(list(squares));
      stack.push_back(list(List.of()));
      stack.push_back(list(steps));
      stack.push_back(new IValue((double) Task.LEARNING_RATE));
      stack.push_back(new IValue(BETA1));
      stack.push_back(new IValue(BETA2));
      stack.push_back(new IValue(0.0)); // weight decay
      stack.push_back(new IValue(EPSILON));
      stack.push_back(new IValue(false)); // amsgrad
      stack.push_back(new IValue(false)); // maximize
      stack.push_back(new IValue()); // grad_scale
      stack.push_back(new IValue()); // found_inf
      operator.callBoxed(stack);
    }
  }

  private IValue list(List<Tensor> tensors) {
    var list = new GenericList(tensorType);
    tensors.forEach(tensor -> list.push_back(new IValue(tensor)));
    return new IValue(list);
  }
}
