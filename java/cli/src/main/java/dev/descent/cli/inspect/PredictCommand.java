package dev.descent.cli.inspect;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.cli.image.Look;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.FormatOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelFileOption;
import dev.descent.cli.option.PreparationOptions;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Terminal;
import dev.descent.cli.shell.Text;
import dev.descent.cli.text.Letters;
import dev.descent.cli.text.Thumbnails;
import dev.descent.cli.text.Thumbnails.Ink;
import dev.descent.data.DataSet;
import dev.descent.data.read.CsvOptions;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `descent predict`: what a trained model sees in pictures, or tells of the rows of a table.
@Command(
    name = "predict",
    customSynopsis = {
      "descent predict --model FILE IMAGE... [OPTIONS]",
      "descent predict --model FILE csv:FILE [--out FILE.csv] [OPTIONS]",
      "descent predict --model FILE images:DIR|npz:FILE|npy:FILE [--out FILE] [OPTIONS]",
      ""
    },
    description = "Tell what a trained model sees in pictures, or predicts for a table's rows.",
    footer = {
      "",
      "A model trained on digits or mnist expects bright ink on black, in the middle: so unless"
          + " said otherwise, for such a model a picture with a bright border is inverted, and"
          + " every picture centred. Others are only brought to size. Of a picture that is much"
          + " brighter, darker or flatter than those that the model was trained on, a warning"
          + " tells.",
      "",
      "Of a table's row it tells the class and the probability of each, or the value in its unit."
          + " Example: descent predict --model digits.safetensors csv:test.csv --out answers.csv"
          + " --columns ImageId,Label"
    })
public final class PredictCommand implements Callable<Integer> {
  private static final int ANSWERS = 3;
  private static final String TABLE = "csv:";
  private static final int MOST_SHOWN = 4;

  private final Invocation invocation;

  @Mixin private ModelFileOption modelFile = new ModelFileOption();

  @Parameters(
      paramLabel = "IMAGE",
      arity = "1..*",
      converter = Converters.File.class,
      description =
          "Pictures: PNG or JPEG, of any size. Or a table: csv:FILE; all pictures of"
              + " a folder: images:DIR; or arrays: npz:FILE, npy:FILE.")
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

  @Option(
      names = "--out",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "For csv, images, npz and npy: write the predictions to FILE, as CSV; of the last three"
              + " as .npy or .npz too. Default: print them.")
  private @Nullable Path out;

  @Option(
      names = "--top",
      paramLabel = "N",
      converter = Converters.Count.class,
      description =
          "Tell the N most probable classes; 1 tells the class alone. Default: 3 of a picture; of a"
              + " row the class and the probabilities of all.")
  private @Nullable Integer top;

  @Option(
      names = "--columns",
      paramLabel = "ID,ANSWER",
      split = ",",
      description =
          "For csv: write these two columns: the table's own column ID, or the rows' numbers from 1"
              + " where it has none, and the answer.")
  private List<String> columns = List.of();

  @Mixin private FormatOptions format = new FormatOptions();
  @Mixin private PreparationOptions preparing = new PreparationOptions();

  @Option(
      names = "--show",
      negatable = true,
      description =
          "Draw each picture as the network sees it. Default: up to 4 pictures on a terminal.")
  private @Nullable Boolean show;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      converter = Converters.File.class,
      description =
          "For pictures: write a page with each picture as the network sees it, and its answers.")
  private @Nullable Path report;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private DeviceOptions device = new DeviceOptions();

  public PredictCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Task table = table();
    Model model = modelFile.load();
    List<String> classes = ModelFacts.classes(model);
    model.preparation().ifPresent(known -> preparing.check(spec, known, ModelFacts.task(model)));
    if (table != null) {
      int most = top == null ? 0 : top;
      var prediction = new TablePrediction(invocation, model, most, columns);
      if (out != null) {
        AtomicFile.requireWritable(out);
      }
      try (Engine engine = device.open(invocation)) {
        CsvOptions options = format.apply(preparing.apply(CsvOptions.defaults()), table);
        prediction.run(engine, table, options, out);
        return ExitStatus.DONE;
      }
    }
    Path samples = samples();
    if (samples != null && (report != null || show != null)) {
      throw new ParameterException(
          spec.commandLine(), (report != null ? "--report" : "--show") + " is for pictures only");
    }
    if (report != null) {
      OwnedFile.requireOurs(report);
      AtomicFile.requireWritable(report);
    }
    TaskData.requireKind(model, samples == null || samples.toString().startsWith("images:"));
    if (samples != null) {
      try (Engine engine = device.open(invocation)) {
        return new SamplePrediction(invocation, engine, model)
            .run(samples, () -> new Pictures(model, invert, centre), out);
      }
    }
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

  /// The table that is named instead of pictures; null for pictures.
  private @Nullable Task table() {
    List<String> tables =
        images.stream().map(Path::toString).filter(name -> name.startsWith(TABLE)).toList();
    if (tables.isEmpty()) {
      boolean samples = images.stream().anyMatch(SamplePrediction::isNamed);
      Task pictures = new Task(Task.Kind.IMAGES, "");
      format.check(spec, pictures);
      preparing.check(spec, pictures);
      if ((out != null && !samples) || !columns.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), (out != null ? "--out" : "--columns") + " is for csv:FILE only");
      }
      return null;
    }
    if (images.size() > 1) {
      throw new ParameterException(spec.commandLine(), "csv:FILE is predicted alone");
    }
    for (String flag : List.of("--invert", "--centre", "--show", "--report")) {
      if (spec.commandLine().getParseResult().hasMatchedOption(flag)) {
        throw new ParameterException(spec.commandLine(), flag + " is for pictures only");
      }
    }
    if (!columns.isEmpty() && columns.size() != 2) {
      throw new ParameterException(
          spec.commandLine(), "--columns takes two names, such as ImageId,Label");
    }
    Task task = new Task(Task.Kind.CSV, tables.getFirst().substring(TABLE.length()));
    format.check(spec, task);
    preparing.check(spec, task);
    Path table = task.path().toAbsolutePath().normalize();
    if (out != null && out.toAbsolutePath().normalize().equals(table)) {
      throw new ParameterException(
          spec.commandLine(), "--out names the table itself, " + task.path());
    }
    return task;
  }

  /// What is named instead of pictures: a folder of them, or arrays.
  private @Nullable Path samples() {
    if (images.stream().noneMatch(SamplePrediction::isNamed)) {
      return null;
    }
    if (images.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "images:DIR, npz:FILE and npy:FILE are predicted alone");
    }
    return images.getFirst();
  }

  private void predict(
      Engine engine,
      Model model,
      List<String> classes,
      DataSet data,
      List<Pictures.Picture> pictures) {
    Loss loss = ModelFacts.loss(model);
    Predictions predictions = Predictions.of(model, loss, engine.predict(model, data));
    Optional<Look> look = ModelFacts.look(model);
    Terminal terminal = invocation.terminal();
    boolean shown = show == null ? terminal.present() && pictures.size() <= MOST_SHOWN : show;
    Ink ink =
        Ink.of(terminal.present(), terminal.colours(), new Letters(invocation.out().charset()));
    var page = new PicturePage(model);
    for (int row = 0; row < pictures.size(); row++) {
      Pictures.Picture picture = pictures.get(row);
      String answers = best(predictions, row, classes);
      String unlike = look.flatMap(l -> l.differs(picture.pixels())).orElse("");
      invocation.print("%s: %s%s".formatted(picture.file(), answers, picture.treatment()));
      if (!unlike.isEmpty()) {
        invocation.print("  warning: it is " + unlike);
      }
      if (shown) {
        draw(picture, terminal.width(), ink);
      }
      page.add(picture, answers, unlike);
    }
    if (report != null) {
      page.html().write(report);
      invocation.print("wrote " + report);
    }
  }

  private void draw(Pictures.Picture picture, int columns, Ink ink) {
    if (picture.width() > columns) {
      invocation.print(
          Text.format("  (%d columns are too wide to be drawn here)", picture.width()));
      return;
    }
    Thumbnails.lines(
            List.of(new Thumbnails.Image(picture.grey(), 0, picture.width(), picture.height())),
            ink)
        .forEach(invocation::draw);
  }

  /// The most probable classes: `7 (0.9831), 1 (0.0102), 9 (0.0034)`.
  private String best(Predictions predictions, int row, List<String> classes) {
    return predictions.ranking(row).stream()
        .limit(top == null ? ANSWERS : top)
        .map(index ->
            Text.format(
                "%s (%.4f)",
                index < classes.size() ? Visible.value(classes.get(index)) : "class " + index,
                predictions.probability(row, index)))
        .collect(Collectors.joining(", "));
  }
}
