package dev.descent.train.program;

import dev.descent.model.BoundLayer;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Shape;
import dev.descent.model.Tape;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A model's layers as tensors of a program, and the passes through them.
///
/// Each memory that a layer takes is a buffer with room for the largest batch; a shorter one uses
/// the first rows. All steps share it.
final class Network {
  private final Program.Builder builder;
  private final Model model;
  private final int batch;
  private final Tensor state;
  private final long seed;
  private final Buffer parameters;
  private final @Nullable Buffer gradients;
  private final Map<String, Buffer> memory = new HashMap<>();

  /// @param builder the network's buffers are added to it
  /// @param batch the rows of the largest batch
  /// @param training whether there is a backward pass
  /// @param seed of random numbers in training
  Network(Program.Builder builder, Model model, int batch, boolean training, long seed) {
    this.builder = builder;
    this.model = model;
    this.batch = batch;
    this.seed = seed;
    parameters =
        builder.buffer("parameters", Role.PARAMETERS, DType.F32, model.parameters().length);
    gradients =
        training
            ? builder.buffer("gradients", Role.GRADIENTS, DType.F32, model.trainedLength())
            : null;
    state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
  }

  /// The state of the steps.
  Tensor state() {
    return state;
  }

  /// All parameters.
  Tensor parameters() {
    return parameters.asRow();
  }

  /// The parameters that are trained.
  Tensor trained() {
    return new Tensor(parameters.name(), parameters, 0, 1, model.trainedLength());
  }

  /// The gradients of the parameters that are trained.
  Tensor gradients() {
    if (gradients == null) {
      throw new IllegalStateException("a network without a backward pass has no gradients");
    }
    return gradients.asRow();
  }

  /// Memory with room for the largest batch.
  ///
  /// @param rows of the batch
  /// @param shape of a sample
  /// @return the first rows of it
  Tensor values(String name, DType type, int rows, Shape shape) {
    long most = (long) batch * shape.positions();
    return buffer(name, type, most * shape.channels())
        .asMatrix(most, shape.channels())
        .firstRows((long) rows * shape.positions());
  }

  private Buffer buffer(String name, DType type, long length) {
    Buffer buffer =
        memory.computeIfAbsent(name, n -> builder.buffer(n, Role.ACTIVATIONS, type, length));
    if (buffer.length() != length || buffer.type() != type) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s has %d values of type %s; now %d of type %s are wanted",
              name,
              buffer.length(),
              buffer.type(),
              length,
              type));
    }
    return buffer;
  }

  /// Starts a forward pass.
  ///
  /// @param rows of the batch
  /// @param training whether a backward pass follows
  /// @param operations the pass's are added to them
  Propagation propagation(int rows, boolean training, List<Operation> operations) {
    return new Propagation(rows, training, operations);
  }

  /// A pass forward through all layers, and backward.
  final class Propagation {
    private final int rows;
    private final boolean training;
    private final List<Operation> operations;
    private final List<LayerTape> tapes = new ArrayList<>();

    private Propagation(int rows, boolean training, List<Operation> operations) {
      this.rows = rows;
      this.training = training;
      this.operations = operations;
    }

    /// Adds the forward pass.
    ///
    /// @param samples a row each
    /// @param last the last layer, which may be without its activation
    /// @return a row of outputs for each sample
    Tensor forward(Tensor samples, Layer last) {
      Shape input = model.input();
      Tensor x = samples.as((long) rows * input.positions(), input.channels());
      boolean trained = false;
      List<BoundLayer> layers = model.boundLayers();
      for (BoundLayer bound : layers) {
        var tape = new LayerTape(this, bound, trained);
        trained |= bound.isTrained();
        Layer layer = bound.index() == layers.size() - 1 ? last : bound.layer();
        x = tape.run(layer, x);
        tapes.add(tape);
      }
      return x.as(rows, model.outputs());
    }

    /// Adds the backward pass, as far as there is something to train.
    ///
    /// @param gradient the loss's gradient by the network's outputs; overwritten
    void backward(Tensor gradient) {
      Shape output = model.boundLayers().getLast().output();
      Tensor d = gradient.as((long) rows * output.positions(), output.channels());
      for (LayerTape tape : tapes.reversed()) {
        d = tape.back(d);
        if (!tape.wantsInputGradient() && tape.bound.isTrained()) {
          return;
        }
      }
    }
  }

  /// The tape of one layer in one pass.
  private final class LayerTape implements Tape {
    private final Propagation pass;
    private final BoundLayer bound;
    private final boolean wantsInputGradient;
    private @Nullable Backward backward;
    private boolean isIdentity;

    LayerTape(Propagation pass, BoundLayer bound, boolean wantsInputGradient) {
      this.pass = pass;
      this.bound = bound;
      this.wantsInputGradient = wantsInputGradient;
    }

    Tensor run(Layer layer, Tensor x) {
      Tensor out = layer.apply(x, this);
      Shape shape = bound.output();
      if (out.rows() != (long) pass.rows * shape.positions() || out.columns() != shape.channels()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s gives %s for %d samples of shape %s",
                bound.name(),
                out,
                pass.rows,
                shape));
      }
      isIdentity = out.equals(x);
      return out;
    }

    Tensor back(Tensor dOut) {
      if (backward != null) {
        return backward.apply(dOut);
      }
      if (isIdentity) {
        return dOut;
      }
      String name = bound.name() + " (" + bound.layer().describe() + ")";
      if (bound.isFrozen()) {
        throw new IllegalArgumentException(
            name + " is frozen behind layers that are trained; freeze those too");
      }
      throw new IllegalStateException(name + " has no backward pass");
    }

    @Override
    public void add(Operation operation) {
      pass.operations.add(operation);
    }

    @Override
    public boolean training() {
      return pass.training && !bound.isFrozen();
    }

    @Override
    public Shape input() {
      return bound.input();
    }

    @Override
    public Tensor weight(String name) {
      return view(parameters, find(name), "");
    }

    @Override
    public Tensor gradient(String name) {
      Parameter parameter = find(name);
      if (bound.isFrozen()) {
        // Nobody reads it. Where all layers before are frozen too, it is not computed.
        return shared(name + ".unused", parameter.rows(), parameter.columns());
      }
      if (!parameter.trained()) {
        throw new IllegalStateException(parameter.name() + " is not trained: it has no gradient");
      }
      return view(gradients().buffer(), parameter, ".d");
    }

    private Parameter find(String name) {
      return bound.parameters().stream()
          .filter(p -> p.weight().name().equals(name))
          .findFirst()
          .orElseThrow(
              () -> new IllegalStateException(bound.name() + " has no weight called " + name));
    }

    private static Tensor view(Buffer buffer, Parameter parameter, String suffix) {
      return new Tensor(
          parameter.name() + suffix,
          buffer,
          parameter.offset(),
          parameter.rows(),
          parameter.columns());
    }

    @Override
    public Tensor values(String name, DType type, Shape shape) {
      return Network.this.values(bound.name() + "." + name, type, pass.rows, shape);
    }

    @Override
    public Tensor shared(String name, int rows, int columns) {
      return buffer(bound.name() + "." + name, DType.F32, (long) rows * columns)
          .asMatrix(rows, columns);
    }

    @Override
    public int stream() {
      return bound.index();
    }

    @Override
    public long seed() {
      return seed;
    }

    @Override
    public Tensor state() {
      return state;
    }

    @Override
    public void backward(Backward registered) {
      this.backward = registered;
    }

    @Override
    public boolean wantsInputGradient() {
      return wantsInputGradient;
    }
  }
}
