package dev.descent.cli.exchange;

import dev.descent.DescentException;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelFileOption;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.onnx.Onnx;
import dev.descent.program.Activation;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `descent export`: writes a trained model as a file of another format.
@Command(
    name = "export",
    customSynopsis = {"descent export --model FILE --onnx FILE [OPTIONS]", ""},
    description = "Write a trained model as an ONNX file.",
    footer = {
      "",
      "The file takes `input`, a batch of rows of float32, and gives `output`. Class names and what"
          + " the model needs of its data are in the file's metadata."
    })
public final class ExportCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private ModelFileOption modelFile = new ModelFileOption();

  @Option(
      names = "--onnx",
      paramLabel = "FILE",
      required = true,
      converter = Converters.File.class,
      description = "The ONNX file to write.")
  private Path file = Path.of("");

  @Option(
      names = "--probabilities",
      description = "End in the softmax or sigmoid that training leaves to the loss.")
  private boolean probabilities;

  public ExportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Model model = modelFile.load();
    Onnx.write(probabilities ? withProbabilities(model) : model, file);
    invocation.print("wrote %s: %s".formatted(file, ModelOptions.describe(model)));
    return ExitStatus.DONE;
  }

  private static Model withProbabilities(Model model) {
    Activation contained = ModelFacts.loss(model).contained();
    if (model.layers().getLast().activation() != Activation.LINEAR
        || contained == Activation.LINEAR) {
      throw new DescentException(
          "--probabilities: the model's loss computes no softmax or sigmoid, so that its outputs"
              + " are what they are");
    }
    Model.Builder builder = Model.sequential(model.input());
    for (Layer layer : model.layers()) {
      builder.layer(layer);
    }
    Model longer = builder.activation(contained).build(0);
    System.arraycopy(model.parameters(), 0, longer.parameters(), 0, model.parameters().length);
    longer.metadata().putAll(model.metadata());
    model.preparation().ifPresent(longer::preparation);
    return longer;
  }
}
