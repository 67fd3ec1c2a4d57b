package dev.descent.cli.option;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.model.BoundLayer;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The flags that say which trained model a run begins with, and what of it stays as it is.
public final class StartOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "Begin with the layers and weights of a saved or imported model. If the task has other"
              + " classes, the last layer is replaced by a new one for them.")
  private @Nullable Path from;

  @Option(
      names = "--freeze",
      paramLabel = "LAYERS",
      converter = FrozenConverter.class,
      description =
          "Layers of --from that are not trained: the first N of those with weights, or names with"
              + " commas between, such as 2 or dense1,dense2.")
  private @Nullable Frozen frozen;

  /// Layers of a model: the first ones, or some by name.
  ///
  /// @param first how many; 0 where there are names
  /// @param names empty where there is a number
  record Frozen(int first, List<String> names) {}

  /// The file that the run begins with, or null.
  public @Nullable Path from() {
    return from;
  }

  /// Finds what can be found wrong before any work is done.
  ///
  /// @param resumes whether another run goes on
  public void check(boolean resumes) {
    if (resumes && (from != null || frozen != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume goes on with the model of its file, and with the layers that are frozen there:"
              + " leave out "
              + (from != null ? "--from" : "--freeze"));
    }
    if (frozen != null && from == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--freeze needs --from FILE: layers that were never trained can't be left as they are");
    }
    if (from == null) {
      return;
    }
    for (String flag : ModelOptions.SHAPING) {
      if (spec.commandLine().getParseResult().hasMatchedOption(flag)) {
        throw new ParameterException(
            spec.commandLine(), "--from FILE says all of the layers: leave out " + flag);
      }
    }
  }

  /// Reads the model to begin with.
  ///
  /// @return null without `--from`
  /// @throws dev.descent.DataException if the file is missing or malformed
  public @Nullable Model load() {
    return from == null ? null : ModelFileOption.load(from);
  }

  /// Makes the model to train.
  ///
  /// @param start what [#load] gave; not modified
  /// @param seed of the weights of a new last layer
  public Model build(Model start, DataSet data, Loss loss, long seed) {
    if (data.features() != start.inputs()) {
      throw new ParameterException(
          spec.commandLine(),
          Text.format(
              "--from %s: the model takes rows of %s; %s has %,d",
              file(), Text.count(start.inputs(), "value"), data.name(), data.features()));
    }
    boolean same = hasAnswersOf(start, data, loss);
    Model model = same ? start.freeze() : newHead(start, loss.outputs(data), seed);
    // The facts of the run before.
    model.metadata().clear();
    return frozen == null ? model : freeze(model, same, frozen);
  }

  /// What the run begins with, in words: `base.safetensors; dense3 is new, for 26 classes`.
  ///
  /// @param start what [#load] gave
  public String describe(Model start, DataSet data, Loss loss) {
    return hasAnswersOf(start, data, loss)
        ? file()
        : Text.format(
            "%s; %s is new, for %d %s",
            file(),
            withWeights(start).getLast(),
            data.outputs(),
            data.isClassified() ? "classes" : "target values");
  }

  /// Whether the model's outputs mean what the data's answers do, as far as both are known.
  private static boolean hasAnswersOf(Model start, DataSet data, Loss loss) {
    if (loss.outputs(data) != start.outputs()) {
      return false;
    }
    if (data.isClassified()) {
      List<String> classes = ModelFacts.classes(start);
      return classes.isEmpty() || classes.equals(data.classNames());
    }
    List<String> before = targets(start.preparation());
    List<String> now = targets(data.preparation());
    return before.isEmpty() || now.isEmpty() || before.equals(now);
  }

  private String file() {
    return String.valueOf(from);
  }

  private static List<String> targets(Optional<Preparation> preparation) {
    return preparation
        .map(Preparation::answers)
        .filter(Preparation.Targets.class::isInstance)
        .map(answers -> TaskData.targetNames((Preparation.Targets) answers))
        .orElse(List.of());
  }

  private Model newHead(Model start, int outputs, long seed) {
    try {
      return start.freeze().newHead(outputs, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--from %s: %s".formatted(file(), e.getMessage()), e);
    }
  }

  private Model freeze(Model model, boolean sameHead, Frozen wanted) {
    List<String> layers = withWeights(model);
    if (wanted.first > layers.size()) {
      throw new ParameterException(
          spec.commandLine(),
          String.format(
              Locale.ROOT,
              "--freeze %d: the layers with weights are %s",
              wanted.first,
              String.join(", ", layers)));
    }
    List<String> names = wanted.names.isEmpty() ? layers.subList(0, wanted.first) : wanted.names;
    if (!sameHead && names.contains(layers.getLast())) {
      throw new ParameterException(
          spec.commandLine(),
          "--freeze %s: this layer is new, since the task has other classes; it must be trained"
              .formatted(layers.getLast()));
    }
    try {
      return model.freeze(names.toArray(String[]::new));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--freeze: " + e.getMessage(), e);
    }
  }

  private static List<String> withWeights(Model model) {
    return model.boundLayers().stream()
        .filter(layer -> !layer.parameters().isEmpty())
        .map(BoundLayer::name)
        .toList();
  }

  /// A number of layers, or their names.
  static final class FrozenConverter implements ITypeConverter<Frozen> {
    @Override
    public Frozen convert(String text) {
      if (text.matches("[1-9]\\d{0,3}")) {
        return new Frozen(Integer.parseInt(text), List.of());
      }
      List<String> names = List.of(text.split(",", -1));
      if (text.matches("-?\\d+") || names.stream().anyMatch(String::isBlank)) {
        throw new TypeConversionException(
            "must be a number of layers from 1, or names with commas between, such as"
                + " dense1,dense2");
      }
      return new Frozen(0, names);
    }
  }
}
