package dev.descent.cli.exchange;

import dev.descent.cli.option.Converters;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.NetworkOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.model.Architecture;
import dev.descent.model.ForeignWeights;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.onnx.Onnx;
import dev.descent.program.Activation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `descent import`: reads a model, or weights for one, from a file of another program.
@Command(
    name = "import",
    customSynopsis = {
      "descent import --onnx FILE --save FILE",
      "       descent import --model LAYERS --weights FILE --save FILE [OPTIONS]",
      ""
    },
    description = "Read a model from an ONNX file, or its weights from a file of another program.",
    footer = {
      "",
      "ONNX: nodes must follow one another: Gemm or MatMul and Add, Conv, pooling,"
          + " BatchNormalization, activations, Softmax, Dropout, Flatten; an Add may end a residual"
          + " path.",
      "Weights: tensors are matched with layers in the order of their names (layer2 before layer10)"
          + " and by their last words (weight or kernel, bias); the table says which went where."
    })
public final class ImportCommand implements Callable<Integer> {
  private static final String WIDTHS = "[1-9]\\d{0,7}(-[1-9]\\d{0,7}){1,100}";

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--onnx",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "The ONNX file to read.")
  private @Nullable Path onnx;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "The safetensors or npz file to read.")
  private @Nullable Path weights;

  @Option(
      names = "--model",
      paramLabel = "LAYERS",
      description =
          "The layers that the weights are for: widths such as 784-512-512-10; a model's file; or"
              + " a sample's shape and all layers, as \"28x28x1: conv 32 3x3 same relu, pool 2,"
              + " flatten, dense 10\" or in a file, as layers.json.")
  private @Nullable String layers;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      converter = ModelOptions.ActivationConverter.class,
      description = "Of the hidden layers of 784-512-512-10. Default: relu.")
  private Activation activation = Activation.RELU;

  @Option(
      names = "--map",
      paramLabel = "LAYER=PREFIX",
      split = ",",
      description =
          "Take these layers alone, from tensors whose names begin so: dense1=fc1,dense2=fc2. The"
              + " others keep what they have.")
  private Map<String, String> map = Map.of();

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      converter = LayoutConverter.class,
      description =
          "How matrices lie: pytorch (outputs x inputs) or keras (inputs x outputs). Default: as"
              + " shapes and names say.")
  private ForeignWeights.@Nullable Layout layout;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      required = true,
      converter = Converters.File.class,
      description = "The model to write, as `descent train --save FILE` writes it.")
  private Path save = Path.of("");

  public ImportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Model model;
    if (onnx != null && weights == null && layers == null) {
      model = Onnx.read(onnx);
      ModelFacts.check(onnx, model);
    } else if (onnx == null && weights != null && layers != null) {
      model = model(layers);
      weights(weights, model).forEach(this::print);
      invocation.print("");
    } else {
      throw new ParameterException(
          spec.commandLine(), "import takes --onnx FILE, or --model LAYERS and --weights FILE");
    }
    model.save(save);
    model.summary().lines().forEach(invocation::print);
    invocation.print("wrote %s: %s".formatted(save, ModelOptions.describe(model)));
    return ExitStatus.DONE;
  }

  private Model model(String text) {
    if (text.matches(".*[:\\s].*") || text.endsWith(".json")) {
      return written(text);
    }
    if (!text.matches(WIDTHS)) {
      Path file = new Converters.File().convert(text);
      Model model = Model.load(file);
      ModelFacts.check(file, model);
      return model;
    }
    String[] widths = text.split("-", -1);
    Model.Builder builder = Model.sequential(Integer.parseInt(widths[0]));
    for (int i = 1; i < widths.length; i++) {
      builder.dense(
          Integer.parseInt(widths[i]), i < widths.length - 1 ? activation : Activation.LINEAR);
    }
    return builder.build(1);
  }

  private Model written(String text) {
    try {
      Architecture read = NetworkOption.layers(text);
      Shape input =
          read.input()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "the shape of a sample is missing; write 28x28x1: or 784: before them"));
      Model.Builder builder = Model.sequential(input);
      read.layers().forEach(builder::layer);
      return builder.build(1);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--model: " + e.getMessage());
    }
  }

  private List<ForeignWeights.Source> weights(Path file, Model model) {
    ForeignWeights read = ForeignWeights.read(file);
    if (layout != null) {
      read.layout(layout);
    }
    return map.isEmpty() ? read.into(model) : read.into(model, map);
  }

  private void print(ForeignWeights.Source source) {
    String from = source.tensor().isEmpty() ? "zeros" : source.tensor() + " " + source.shape();
    invocation.print(Text.format("%-24s <- %s", source.parameter(), from));
  }

  /// How matrices lie.
  static final class LayoutConverter implements ITypeConverter<ForeignWeights.Layout> {
    @Override
    public ForeignWeights.Layout convert(String text) {
      return Converters.choice(ForeignWeights.Layout.class, text);
    }
  }
}
