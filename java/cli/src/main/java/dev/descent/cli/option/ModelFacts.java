package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.format.Json;
import dev.descent.model.Model;
import dev.descent.train.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What is saved with a model so that it can be used later: its classes, its loss, its task, the size
/// of its images, and how it was trained.
public final class ModelFacts {
  private static final String LOSS = "loss";
  private static final String CLASSES = "classes";
  private static final String TASK = "task";
  private static final String IMAGE = "image";
  private static final String EPOCHS = "epochs";
  private static final String SCHEDULE = "schedule";
  private static final Set<String> CENTRED_DIGITS =
      Set.of(Task.Kind.DIGITS.word(), Task.Kind.MNIST.word());

  private ModelFacts() {}

  /// Adds to a model that is about to be trained what training does not add itself.
  public static void describe(Model model, Task task, DataSet data, TrainingOptions training) {
    model.metadata().put(TASK, task.toString());
    model.metadata().put(EPOCHS, Integer.toString(training.epochs(task)));
    model.metadata().put(SCHEDULE, training.schedule());
    if (data.imageWidth() > 0) {
      model.metadata().put(IMAGE, data.imageWidth() + "x" + data.imageHeight());
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
    return epochs.matches("[1-9]\\d{0,8}") ? Integer.parseInt(epochs) : 0;
  }

  /// The learning-rate schedule of the model's training, as the command line writes it.
  public static String schedule(Model model) {
    return model.metadata().getOrDefault(SCHEDULE, ScheduleOption.constant().text());
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
        size.matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")
            ? Integer.parseInt(size.substring(0, size.indexOf('x')))
            : (int) Math.round(Math.sqrt(model.inputs()));
    if (model.inputs() % width != 0) {
      throw new DataException(
          "the model takes rows of %d values, which are not images".formatted(model.inputs()));
    }
    return width;
  }
}
