package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.cli.image.Look;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.train.objective.Loss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What is saved with a model so that it can be used later: its classes, its loss, its task, the
/// size of its images, and how it was trained.
public final class ModelFacts {
  private static final String LOSS = "loss";
  public static final String CLASSES = "classes";
  private static final String TASK = "task";
  private static final String IMAGE = "image";
  private static final String EPOCHS = "epochs";
  private static final String SCHEDULE = "schedule";
  private static final String CLASS_WEIGHTS = "classWeights";
  private static final String SPLIT = "split";
  private static final String LOOK = "look";
  private static final String COUNT = "[1-9]\\d{0,8}";
  private static final String SIZE = "[1-9]\\d{0,4}x[1-9]\\d{0,4}";
  private static final Set<String> CENTRED_DIGITS =
      Set.of(Task.Kind.DIGITS.word(), Task.Kind.MNIST.word());

  private ModelFacts() {}

  /// Adds to a model that is about to be trained what training does not add itself.
  ///
  /// @param split what was said of the parts of the data, as `--split` takes it; empty if nothing
  public static void describe(
      Model model, Task task, DataSet data, TrainingOptions training, String split) {
    model.metadata().put(TASK, task.toString());
    model.metadata().put(EPOCHS, Integer.toString(training.epochs(task)));
    model.metadata().put(SCHEDULE, training.schedule());
    if (!training.classWeights().isEmpty()) {
      model.metadata().put(CLASS_WEIGHTS, training.classWeights());
    }
    if (!split.isEmpty()) {
      model.metadata().put(SPLIT, split);
    }
    if (data.imageWidth() > 0) {
      model.metadata().put(IMAGE, data.imageWidth() + "x" + data.imageHeight());
      model.metadata().put(LOOK, Look.of(data).toString());
    }
  }

  /// Looks at all that is known of a model, which the others here then rely on. What is missing is
  /// not known; what is not of the form that it was written in was damaged.
  ///
  /// @param file of the model, for the message
  /// @throws DataException naming the file and the fact
  public static void check(Path file, Model model) {
    check(file, model, LOSS, loss -> Loss.named(loss) != null);
    check(file, model, TASK, ModelFacts::isTask);
    check(file, model, EPOCHS, epochs -> epochs.matches(COUNT));
    check(file, model, SCHEDULE, ModelFacts::isSchedule);
    check(file, model, CLASS_WEIGHTS, ModelFacts::areWeights);
    check(file, model, IMAGE, size -> isImage(size, model.inputs()));
    check(file, model, LOOK, look -> Look.parse(look).isPresent());
    check(file, model, CLASSES, classes -> areClasses(classes, model.outputs()));
  }

  private static void check(Path file, Model model, String name, Predicate<String> test) {
    String text = model.metadata().get(name);
    if (text != null && !test.test(text)) {
      throw new DataException("%s: %s is %s".formatted(file, name, Visible.quoted(text)));
    }
  }

  private static boolean isTask(String text) {
    String word = text.split(":", 2)[0];
    return Stream.of(Task.Kind.values()).anyMatch(kind -> kind.word().equals(word));
  }

  private static boolean isSchedule(String text) {
    try {
      return !ScheduleOption.of(text).text().isEmpty();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static boolean areWeights(String text) {
    try {
      return !new ClassWeights(text).text().isEmpty();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static boolean isImage(String size, int inputs) {
    return size.matches(SIZE)
        && Long.parseLong(size.substring(0, size.indexOf('x')))
                * Long.parseLong(size.substring(size.indexOf('x') + 1))
            == inputs;
  }

  /// One output tells two classes apart.
  private static boolean areClasses(String text, int outputs) {
    try {
      return Json.parse(text, CLASSES) instanceof Json.Array array
          && array.elements().size() == (outputs == 1 ? 2 : outputs)
          && array.elements().stream().allMatch(Json.Text.class::isInstance);
    } catch (DataException _) {
      return false;
    }
  }

  /// The loss that the model was trained with; softmax cross-entropy if it is not known.
  public static Loss loss(Model model) {
    Loss loss = Loss.named(model.metadata().getOrDefault(LOSS, ""));
    return loss == null ? Loss.softmaxCrossEntropy() : loss;
  }

  /// The kind of task that the model was trained on, as [Task.Kind#word]; empty if it is not known.
  public static String task(Model model) {
    return model.metadata().getOrDefault(TASK, "").split(":", 2)[0];
  }

  /// How many epochs the model's training was to last; 0 if it is not known.
  static int epochs(Model model) {
    String epochs = model.metadata().getOrDefault(EPOCHS, "");
    return epochs.matches(COUNT) ? Integer.parseInt(epochs) : 0;
  }

  /// The learning-rate schedule of the model's training, as the command line writes it.
  public static String schedule(Model model) {
    return model.metadata().getOrDefault(SCHEDULE, ScheduleOption.constant().text());
  }

  /// The class weights of the model's training, as the command line writes them; empty if there
  /// were none.
  public static String classWeights(Model model) {
    return model.metadata().getOrDefault(CLASS_WEIGHTS, "");
  }

  /// What was said of the parts of the model's training data, as `--split` takes it; empty if
  /// nothing was.
  static String split(Model model) {
    return model.metadata().getOrDefault(SPLIT, "");
  }

  /// What the model's training pictures look like, if it is known.
  public static Optional<Look> look(Model model) {
    return Look.parse(model.metadata().getOrDefault(LOOK, ""));
  }

  /// Whether the model was trained on digits as MNIST has them.
  public static boolean seesCentredDigits(Model model) {
    String task = model.metadata().getOrDefault(TASK, "");
    return CENTRED_DIGITS.contains(task);
  }

  /// The names of the model's classes, in order; empty if they are not known.
  ///
  /// @throws DataException if they are not an array of strings
  public static List<String> classes(Model model) {
    String text = model.metadata().get(CLASSES);
    if (text == null) {
      return List.of();
    }
    if (!(Json.parse(text, "the model's classes") instanceof Json.Array array)) {
      throw new DataException("the model's classes are not an array: " + text);
    }
    List<String> names = new ArrayList<>();
    for (Json element : array.elements()) {
      if (!(element instanceof Json.Text name)) {
        throw new DataException("the model's classes are not all names: " + text);
      }
      names.add(name.value());
    }
    return names;
  }

  /// The width of the model's images; where it is not known they are square.
  ///
  /// @throws DataException if the model does not take images
  public static int imageWidth(Model model) {
    String size = model.metadata().getOrDefault(IMAGE, "");
    int width =
        size.matches(SIZE)
            ? Integer.parseInt(size.substring(0, size.indexOf('x')))
            : (int) Math.round(Math.sqrt(model.inputs()));
    if (model.inputs() % width != 0) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "the model takes rows of %d values, which are not images",
              model.inputs()));
    }
    return width;
  }
}
