package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.Add;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A residual path (He et al. 2016): `y = x + f(x)`, f being layers that follow one another and
/// keep the shape.
///
/// @param layers first to last, at least one
public record Residual(List<Layer> layers) implements Layer {
  static final String TYPE = "residual";

  /// Tells the random streams of the layers in it from those of other layers.
  private static final int STREAMS = 1000;

  /// Checks and copies the layers.
  ///
  /// @throws IllegalArgumentException if there is none
  public Residual {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a residual path needs at least one layer");
    }
  }

  static Residual of(Settings settings) {
    return new Residual(settings.layers(TYPE));
  }

  static Residual of(LayerWords words) {
    return new Residual(words.layers());
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE, layers);
  }

  @Override
  public Shape output(Shape input) {
    Shape last = shapes(input).getLast();
    if (!last.equals(input)) {
      throw new IllegalArgumentException(
          "it would add them to the %s of its layers".formatted(last));
    }
    return input;
  }

  /// What each layer takes, and what the last one gives.
  private List<Shape> shapes(Shape input) {
    List<Shape> shapes = new ArrayList<>(List.of(input));
    for (Layer layer : layers) {
      try {
        shapes.add(Binding.output(layer, shapes.getLast(), shapes.size() - 1));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("it has layers that do not fit: " + e.getMessage(), e);
      }
    }
    return shapes;
  }

  /// Each under its layer's number: `1.weight`.
  @Override
  public List<Weight> weights(Shape input) {
    List<Shape> shapes = shapes(input);
    List<Weight> weights = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      for (Weight weight : layers.get(i).weights(shapes.get(i))) {
        weights.add(weight.named(name(i, weight.name())));
      }
    }
    return weights;
  }

  private static String name(int index, String name) {
    return (index + 1) + "." + name;
  }

  @Override
  public long multiplyAdds(Shape input) {
    List<Shape> shapes = shapes(input);
    long sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      sum += layers.get(i).multiplyAdds(shapes.get(i));
    }
    return sum;
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    List<Shape> shapes = shapes(tape.input());
    List<Inner> tapes = new ArrayList<>();
    Tensor value = x;
    boolean trained = tape.wantsInputGradient();
    for (int i = 0; i < layers.size(); i++) {
      Shape shape = shapes.get(i);
      var inner = new Inner(tape, i, shape, trained);
      value = inner.run(layers.get(i), value);
      tapes.add(inner);
      trained |= layers.get(i).weights(shape).stream().anyMatch(Weight::trained);
    }
    Tensor out = tape.values("out", tape.input());
    tape.add(new Add(x, value.as(x.rows(), x.columns()), out));
    if (tapes.stream().allMatch(Inner::canGoBack)) {
      tape.backward(d -> back(d, tape, tapes));
    }
    return out;
  }

  /// The layers may overwrite the gradient that they get, which goes past them as well.
  private static Tensor back(Tensor dOut, Tape tape, List<Inner> tapes) {
    Tensor past = dOut;
    if (tape.wantsInputGradient()) {
      past = tape.values("d", tape.input());
      tape.add(new Activate(Activation.LINEAR, dOut, past));
    }
    Tensor d = dOut;
    for (Inner inner : tapes.reversed()) {
      d = inner.back(d);
      if (!inner.wantsInputGradient()) {
        return d;
      }
    }
    d = d.as(past.rows(), past.columns());
    tape.add(new Add(d, past, d));
    return d;
  }

  @Override
  public String describe() {
    return "residual(" + Architecture.text(layers) + ")";
  }

  /// The tape of a layer in the path.
  private static final class Inner implements Tape {
    private final Tape outer;
    private final int index;
    private final Shape input;
    private final boolean wantsInputGradient;
    private @Nullable Backward backward;
    private boolean isIdentity;

    Inner(Tape outer, int index, Shape input, boolean wantsInputGradient) {
      this.outer = outer;
      this.index = index;
      this.input = input;
      this.wantsInputGradient = wantsInputGradient;
    }

    Tensor run(Layer layer, Tensor x) {
      Tensor out = layer.apply(x, this);
      isIdentity = out.equals(x);
      return out;
    }

    boolean canGoBack() {
      return backward != null || isIdentity;
    }

    Tensor back(Tensor d) {
      return backward == null ? d : backward.apply(d);
    }

    @Override
    public void add(Operation operation) {
      outer.add(operation);
    }

    @Override
    public boolean training() {
      return outer.training();
    }

    @Override
    public Shape input() {
      return input;
    }

    @Override
    public Tensor weight(String name) {
      return outer.weight(name(index, name));
    }

    @Override
    public Tensor gradient(String name) {
      return outer.gradient(name(index, name));
    }

    @Override
    public Tensor values(String name, DType type, Shape shape) {
      return outer.values(name(index, name), type, shape);
    }

    @Override
    public Tensor shared(String name, int rows, int columns) {
      return outer.shared(name(index, name), rows, columns);
    }

    @Override
    public int stream() {
      return STREAMS * (outer.stream() + 1) + index;
    }

    @Override
    public long seed() {
      return outer.seed();
    }

    @Override
    public Tensor state() {
      return outer.state();
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
