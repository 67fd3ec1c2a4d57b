package dev.descent.model;

import dev.descent.program.Activation;
import java.util.Objects;

/// One layer of a [Model].
public sealed interface Layer {
  /// The layer's name as in a summary: `Dense`.
  default String type() {
    return getClass().getSimpleName();
  }

  /// How many values the layer gives for a row of `inputs`.
  int outputs(int inputs);

  /// How many numbers the layer learns.
  default long parameters(int inputs) {
    return 0;
  }

  /// `y = f(x W + b)`, W being `inputs x units` and b `1 x units`.
  record Dense(int units, Activation activation, Initializer initializer) implements Layer {
    public Dense {
      Objects.requireNonNull(activation, "activation");
      Objects.requireNonNull(initializer, "initializer");
      if (units < 1) {
        throw new IllegalArgumentException("a dense layer of " + units + " units; must be >= 1");
      }
    }

    @Override
    public int outputs(int inputs) {
      return units;
    }

    @Override
    public long parameters(int inputs) {
      return ((long) inputs + 1) * units;
    }
  }

  /// `y = f(x)`
  record Activate(Activation activation) implements Layer {
    public Activate {
      Objects.requireNonNull(activation, "activation");
    }

    @Override
    public String type() {
      return "Activation";
    }

    @Override
    public int outputs(int inputs) {
      return inputs;
    }
  }

  /// While training, sets a share of the values to zero and scales up the rest; else does nothing.
  ///
  /// @param rate the share, in [0, 1)
  record Dropout(float rate) implements Layer {
    public Dropout {
      if (!(rate >= 0 && rate < 1)) {
        throw new IllegalArgumentException("dropout rate " + rate + " is not in [0, 1)");
      }
    }

    @Override
    public int outputs(int inputs) {
      return inputs;
    }
  }
}
