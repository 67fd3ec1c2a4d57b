package dev.descent.cli.option;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Initializer;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.util.List;
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
          "How weights start: glorot_uniform, glorot_normal, he_uniform, he_normal, zeros. Default:"
              + " he_uniform before relu and its kin, else glorot_uniform.")
  private @Nullable Initializer initializer;

  /// Takes settings that were not typed from the model to resume.
  public void resume(Model model) {
    ParseResult typed = spec.commandLine().getParseResult();
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
  }

  /// Makes the model for a data set.
  public Model build(DataSet data, Loss loss, long seed) {
    Model.Builder builder = Model.sequential(data.features());
    for (int width : hidden()) {
      builder.dense(width, activation, initializer(activation));
      if (dropout > 0) {
        builder.dropout(dropout);
      }
    }
    builder.dense(loss.outputs(data), Activation.LINEAR, initializer(Activation.LINEAR));
    return builder.build(seed);
  }

  /// A model in one line: `784-512-512-10, relu, 669,706 parameters`.
  public static String describe(Model model) {
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
  static final class ActivationConverter implements ITypeConverter<Activation> {
    @Override
    public Activation convert(String text) {
      Activation chosen = Converters.choice(Activation.class, text);
      if (chosen == Activation.SOFTMAX) {
        throw new TypeConversionException(
            "the loss already contains the softmax of the last layer; hidden layers take relu,"
                + " tanh...");
      }
      return chosen;
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
