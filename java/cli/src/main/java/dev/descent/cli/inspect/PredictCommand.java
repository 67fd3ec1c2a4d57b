package dev.descent.cli.inspect;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelFileOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `descent predict`: what a trained model sees in pictures.
@Command(
    name = "predict",
    customSynopsis = {"descent predict --model FILE IMAGE... [OPTIONS]", ""},
    description = "Tell what a trained model sees in pictures.",
    footer = {
      "",
      "A model trained on digits or mnist expects bright ink on black, in the middle: so unless"
          + " said otherwise, for such a model a picture with a bright border is inverted, and"
          + " every picture centred. Others are only brought to size."
    })
public final class PredictCommand implements Callable<Integer> {
  private static final int ANSWERS = 3;

  private final Invocation invocation;

  @Mixin private ModelFileOption modelFile = new ModelFileOption();

  @Parameters(
      paramLabel = "IMAGE",
      arity = "1..*",
      converter = Converters.File.class,
      description = "Pictures: PNG or JPEG, of any size.")
  private List<Path> images = List.of();

  @Option(
      names = "--invert",
      negatable = true,
      description = "Take the negative: for dark ink on bright paper.")
  private @Nullable Boolean invert;

  @Option(
      names = {"--centre", "--center"},
      negatable = true,
      description = "Fit the bright thing on dark ground into the middle, as MNIST does.")
  private @Nullable Boolean centre;

  @Mixin private DeviceOptions device = new DeviceOptions();

  public PredictCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Model model = modelFile.load();
    List<String> classes = ModelFacts.classes(model);
    var pictures = new Pictures(model, invert, centre);
    try (Engine engine = device.open(invocation)) {
      List<Pictures.Picture> read = new ArrayList<>();
      int status = ExitStatus.DONE;
      for (Path image : images) {
        try {
          read.add(pictures.read(image));
        } catch (DataException e) {
          // The others may be good.
          status = new Failures(invocation).report(e);
        }
      }
      if (!read.isEmpty()) {
        predict(engine, model, classes, pictures.dataSet(read), read);
      }
      return status;
    }
  }

  private void predict(
      Engine engine,
      Model model,
      List<String> classes,
      DataSet data,
      List<Pictures.Picture> pictures) {
    Loss loss = ModelFacts.loss(model);
    Predictions predictions = Predictions.of(model, loss, engine.predict(model, data));
    for (int row = 0; row < pictures.size(); row++) {
      Pictures.Picture picture = pictures.get(row);
      invocation.print(
          "%s: %s%s"
              .formatted(picture.file(), best(predictions, row, classes), picture.treatment()));
    }
  }

  /// The most probable classes: `7 (0.9831), 1 (0.0102), 9 (0.0034)`.
  private static String best(Predictions predictions, int row, List<String> classes) {
    return predictions.ranking(row).stream()
        .limit(ANSWERS)
        .map(index ->
            Text.format(
                "%s (%.4f)",
                index < classes.size() ? Visible.value(classes.get(index)) : "class " + index,
                predictions.probability(row, index)))
        .collect(Collectors.joining(", "));
  }
}
