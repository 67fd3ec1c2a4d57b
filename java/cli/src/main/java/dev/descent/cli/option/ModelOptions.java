package dev.descent.cli.option;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.model.Architecture;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The flags that shape the model.
public final class ModelOptions {
  /// What networks of hidden layers are made of.
  private static final Set<Class<?>> DENSE = Set.of(Dense.class, Dropout.class);

  /// The flags that say of what layers a model is.
  public static final List<String> SHAPING =
      List.of("--model", "--hidden", "--activation", "--dropout", "--initializer");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--hidden",
      paramLabel = "WIDTHS",
      converter = Converters.SeveralWidths.class,
      description =
          "The widths of the hidden layers, or none. Default: 512,512. For compare: several, with"
              + " slashes between: 64/512,512.")
  private Converters.Several<Converters.Widths> shapes =
      new Converters.Several<>(List.of(new Converters.Widths(List.of(512, 512))));

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      converter = NetworkOption.Converter.class,
      description =
          "A network instead of --hidden: by name, asl-cnn and asl-cnn-keras, the course's two, or"
              + " mnist-cnn; or its layers, as \""
              + NetworkOption.EXAMPLE
              + "\", to which the last one, of the outputs, is added; or a file with layers, as"
              + " layers.json.")
  private @Nullable NetworkOption network;

  /// The model whose layers are taken, where the flags can't describe them.
  private @Nullable Model resumed;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      converter = ActivationConverter.class,
      description =
          "Of the hidden layers: relu, leaky_relu, sigmoid, tanh, gelu, linear. Default: relu.")
  private Activation activation = Activation.RELU;

  @Option(
      names = "--dropout",
      paramLabel = "SHARE",
      converter = Converters.Share.class,
      description = "Drop this share of the values behind each hidden layer while training.")
  private float dropout;

  @Option(
      names = "--initializer",
      paramLabel = "NAME",
      converter = InitializerConverter.class,
      description =
          "How weights start: glorot_uniform, glorot_normal, he_uniform, he_normal, fan_in_uniform"
              + " (PyTorch's, biases too), zeros. Default: he_uniform before relu and its kin, else"
              + " glorot_uniform.")
  private @Nullable Initializer initializer;

  /// Takes settings that were not typed from a model that is trained before.
  public void resume(Model model) {
    ParseResult typed = spec.commandLine().getParseResult();
    if (network != null) {
      resumed = null;
      return;
    }
    if (!isOfHidden(model)) {
      resumed = model;
      return;
    }
    List<Dense> dense =
        model.layers().stream().filter(Dense.class::isInstance).map(Dense.class::cast).toList();
    Dense first = dense.getFirst();
    if (!typed.hasMatchedOption("--hidden")) {
      select(
          new Converters.Widths(
              dense.subList(0, dense.size() - 1).stream().map(Dense::units).toList()));
    }
    if (!typed.hasMatchedOption("--activation") && dense.size() > 1) {
      activation = first.activation();
    }
    if (!typed.hasMatchedOption("--dropout")) {
      dropout =
          model.layers().stream()
              .filter(Dropout.class::isInstance)
              .map(layer -> ((Dropout) layer).rate())
              .findFirst()
              .orElse(0f);
    }
    boolean usual = first.initializer() == Initializer.suits(first.activation());
    if (initializer == null && !usual) {
      initializer = first.initializer();
    }
    boolean free = SHAPING.stream().noneMatch(typed::hasMatchedOption);
    if (free
        && !ofHidden(model.inputs(), model.outputs()).build(0).layers().equals(model.layers())) {
      resumed = model;
    }
  }

  private static boolean isOfHidden(Model model) {
    return DENSE.containsAll(model.layers().stream().map(Object::getClass).toList());
  }

  /// From now on there is one model.
  public void select(Converters.Widths hidden) {
    shapes = new Converters.Several<>(List.of(hidden));
  }

  /// The widths of hidden layers to try.
  public List<Converters.Widths> shapes() {
    return shapes.list();
  }

  /// Refuses several models where one is wanted.
  public void check() {
    if (shapes().size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "--hidden takes several models for `descent compare` only");
    }
    ParseResult typed = spec.commandLine().getParseResult();
    for (String flag : SHAPING) {
      if (network != null && !flag.equals("--model") && typed.hasMatchedOption(flag)) {
        throw new ParameterException(
            spec.commandLine(),
            "--model %s says all of the layers: leave out %s"
                .formatted(Visible.value(network.text()), flag));
      }
    }
  }

  /// Makes the model for a data set.
  public Model build(DataSet data, Loss loss, long seed) {
    int outputs = loss.outputs(data);
    if (network != null) {
      try {
        return network.build(data, loss, seed);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            spec.commandLine(),
            "--model %s: %s".formatted(Visible.value(network.text()), e.getMessage()));
      }
    }
    if (resumed != null) {
      Model.Builder same = Model.sequential(resumed.input());
      resumed.layers().forEach(same::layer);
      return same.build(seed);
    }
    return ofHidden(data.features(), outputs).build(seed);
  }

  private Model.Builder ofHidden(int inputs, int outputs) {
    Model.Builder builder = Model.sequential(inputs);
    for (int width : hidden()) {
      builder.dense(width, activation, initializer(activation));
      if (dropout > 0) {
        builder.dropout(dropout);
      }
    }
    return builder.dense(outputs, Activation.LINEAR, initializer(Activation.LINEAR));
  }

  /// A model in one line: `784-512-512-10, relu, 669,706 parameters`; of a model with frozen layers
  /// `5,130 parameters to train; frozen: dense1, dense2`.
  public static String describe(Model model) {
    return model.frozen().isEmpty()
        ? layers(model)
        : layers(model) + " to train; frozen: " + String.join(", ", model.frozen());
  }

  private static String layers(Model model) {
    if (!model.input().isRow() || !isOfHidden(model)) {
      return Text.format("%s; %,d parameters", Architecture.of(model), model.parameterCount());
    }
    var widths = new StringBuilder().append(model.inputs());
    var activations = new StringBuilder();
    for (Layer layer : model.layers()) {
      if (layer instanceof Dense dense) {
        widths.append('-').append(dense.units());
        if (activations.isEmpty() && dense.activation() != Activation.LINEAR) {
          activations.append(", ").append(Converters.word(dense.activation()));
        }
      }
    }
    return Text.format("%s%s, %,d parameters", widths, activations, model.parameterCount());
  }

  /// The network that was asked for, as it is written; null if there is none.
  public @Nullable String network() {
    return network == null ? null : network.text();
  }

  public List<Integer> hidden() {
    return shapes().getFirst().list();
  }

  public Activation activation() {
    return activation;
  }

  public float dropout() {
    return dropout;
  }

  /// How the weights before an activation start.
  public Initializer initializer(Activation before) {
    return initializer == null ? Initializer.suits(before) : initializer;
  }

  /// Softmax works on a row, and is part of the loss here.
  public static final class ActivationConverter implements ITypeConverter<Activation> {
    @Override
    public Activation convert(String text) {
      if (text.equals(Converters.word(Activation.SOFTMAX))) {
        throw new TypeConversionException(
            "the loss already contains the softmax of the last layer; hidden layers take relu,"
                + " tanh...");
      }
      return Converters.choice(EnumSet.complementOf(EnumSet.of(Activation.SOFTMAX)), text);
    }
  }

  /// How weights start.
  static final class InitializerConverter implements ITypeConverter<Initializer> {
    @Override
    public Initializer convert(String text) {
      return Converters.choice(Initializer.class, text);
    }
  }
}
