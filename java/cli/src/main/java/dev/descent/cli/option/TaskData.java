package dev.descent.cli.option;

import dev.descent.DataException;
import dev.descent.cli.image.PictureFolder;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.ReadProgress;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.TrainTest;
import dev.descent.data.known.Asl;
import dev.descent.data.known.Catalog;
import dev.descent.data.known.DataFolder;
import dev.descent.data.known.Digits;
import dev.descent.data.known.FashionMnist;
import dev.descent.data.known.Mnist;
import dev.descent.data.known.PublishedData;
import dev.descent.data.read.Csv;
import dev.descent.data.read.CsvOptions;
import dev.descent.data.read.Idx;
import dev.descent.data.read.NumpyData;
import dev.descent.data.read.TableReader;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The data of a task.
///
/// @param train what is learned from
/// @param validation what the model is judged by, or null if there is nothing
/// @param test what it is measured on once, at the end; null if there is nothing
public record TaskData(DataSet train, @Nullable DataSet validation, @Nullable DataSet test) {
  /// Of the digits that are drawn and of the rows that are kept for validation: data do not change
  /// with `--seed`, so that runs with different seeds can be compared.
  private static final long DATA_SEED = 1;

  /// Data without a part for the end.
  public TaskData(DataSet train, @Nullable DataSet validation) {
    this(train, validation, null);
  }

  /// Loads the data of a model that goes on being trained, as the model takes them.
  ///
  /// @throws dev.descent.DataException if they are missing or malformed
  /// @throws picocli.CommandLine.ParameterException if flags contradict what the model keeps
  public static TaskData load(
      TaskOptions options, ValidationOptions validation, Model model, Reading reading) {
    return load(options, validation, known(options, model), false, reading);
  }

  /// Loads the data of a task for a model that is trained further: inputs as the model takes them;
  /// answers too, unless a table has others.
  ///
  /// @throws dev.descent.DataException if they are missing or malformed
  /// @throws picocli.CommandLine.ParameterException if flags contradict what the model keeps
  public static TaskData loadFurther(
      TaskOptions options, ValidationOptions validation, Model model, Reading reading) {
    return load(options, validation, known(options, model), true, reading);
  }

  /// What a model keeps, which the flags may not contradict; null where it does not say.
  private static @Nullable Preparation known(TaskOptions options, Model model) {
    Preparation known = model.preparation().orElse(null);
    if (known != null) {
      options.check(known, ModelFacts.task(model));
    }
    return known;
  }

  /// Who is told how reading goes.
  ///
  /// @param notes gets what was decided or passed over, a line each
  /// @param progress how far a table has been read
  public record Reading(Consumer<String> notes, TableReader.Progress progress) {
    /// Both are printed.
    public static Reading of(Invocation invocation, Task task) {
      return new Reading(
          invocation::print,
          new ReadProgress(invocation, /* pictures= */ task.kind() == Task.Kind.IMAGES));
    }
  }

  /// Loads the data to train on and to validate on.
  ///
  /// @throws dev.descent.DataException if they are missing or malformed
  public static TaskData load(TaskOptions options, ValidationOptions validation, Reading reading) {
    return load(options, validation, null, false, reading);
  }

  /// Loads the same as a preparation says.
  ///
  /// @param preparation of a model that goes on being trained; null to fit one to the data
  /// @param ownAnswers whether a table may have other answers than the preparation
  private static TaskData load(
      TaskOptions options,
      ValidationOptions validation,
      @Nullable Preparation preparation,
      boolean ownAnswers,
      Reading reading) {
    int limit = options.limit();
    Task task = options.task();
    TaskData all =
        switch (task.kind()) {
          case DIGITS -> new TaskData(digits(0, limit, Digits.TRAIN_ROWS), digitsToValidate(limit));
          case CSV -> csv(options, validation, preparation, ownAnswers, reading);
          case IDX -> idx(options, preparation);
          case NPY, NPZ -> {
            NumpyData data = NumpyData.read(Path.of(task.place()));
            yield split(data.train(), data.test(), validation);
          }
          case IMAGES -> {
            PictureFolder folder = folder(options, preparation, reading);
            DataSet judged = folder.readValidation();
            DataSet test = folder.readTest();
            if (validation.isSaid() || (judged == null && test == null)) {
              yield parts(
                  folder.read(validation.shares(), DATA_SEED),
                  test == null ? judged : test,
                  validation);
            }
            yield judged == null
                ? new TaskData(folder.read(), test)
                : new TaskData(folder.read(), judged, test);
          }
          case MNIST, FASHION, ASL -> published(task, DataFolder.resolve(options.data()));
        };
    return new TaskData(
        first(all.train, limit), limited(all.validation, limit), limited(all.test, limit));
  }

  static List<String> targetNames(Preparation.Targets targets) {
    return targets.columns().stream().map(Preparation.Target::name).toList();
  }

  /// Data of the task's sizes, all zeros where they are known without reading: enough to lay out a
  /// program.
  ///
  /// @throws dev.descent.DataException if they must be read, and are missing or malformed
  public static TaskData shape(TaskOptions options, ValidationOptions validation, Reading reading) {
    return switch (options.task().kind()) {
      case CSV, IDX, NPY, NPZ, IMAGES -> load(options, validation, reading);
      case DIGITS, MNIST, FASHION, ASL -> {
        PublishedData like = options.task().published().orElse(Catalog.MNIST);
        yield new TaskData(
            blank(like, Math.min(options.limit(), like.trainRows())),
            blank(like, Math.min(options.limit(), like.testRows())));
      }
    };
  }

  private static DataSet blank(PublishedData like, int rows) {
    int width = like.width();
    return DataSet.images(
        like.name(),
        new byte[rows * width * width],
        width,
        width,
        new int[rows],
        like.classNames());
  }

  /// Loads the data to evaluate a trained model on: what it would be validated on, or all of a CSV
  /// file, read as the model's preparation says.
  ///
  /// @throws dev.descent.DataException if they are missing or malformed
  public static DataSet test(TaskOptions options, Model model, Reading reading) {
    Task task = options.task();
    Path root = DataFolder.resolve(options.data());
    Preparation known = known(options, model);
    DataSet all =
        switch (task.kind()) {
          case DIGITS -> digitsToValidate(options.limit());
          case MNIST -> Mnist.test(root);
          case FASHION -> FashionMnist.test(root);
          case ASL -> Asl.test(root);
          case IDX -> Objects.requireNonNull(idx(options, known).validation());
          case NPY, NPZ -> {
            NumpyData data = NumpyData.read(Path.of(task.place()));
            yield data.test() == null ? data.train() : data.test();
          }
          case IMAGES -> {
            PictureFolder folder = folder(options, known, reading);
            DataSet kept = folder.hasTest() ? folder.readTest() : folder.readValidation();
            yield kept == null ? folder.read() : kept;
          }
          case CSV -> table(options, model, true, reading);
        };
    return first(all, options.limit());
  }

  /// A table, as a trained model takes it.
  ///
  /// @param answers whether its labels or target values are wanted
  /// @throws dev.descent.DataException if it is missing or malformed, or has not what the model
  ///     takes
  public static DataSet table(TaskOptions options, Model model, boolean answers, Reading reading) {
    Path file = options.task().path();
    Preparation preparation = model.preparation().orElse(null);
    if (preparation != null) {
      return reader(options.csv(), reading).read(name(file), file, preparation, answers);
    }
    // A model of an earlier version: as that version did.
    CsvOptions plain = options.csv().withScaling(CsvOptions.Scaling.NONE);
    return Csv.read(file, sameClasses(plain, ModelFacts.classes(model)));
  }

  /// Refuses images for a model of tables, which they are no rows of.
  public static void requireKind(Model model, boolean pictures) {
    Preparation preparation = model.preparation().orElse(null);
    if (pictures && preparation != null && preparation.picture() == null) {
      throw new DataException(
          "the model takes rows of a table, not pictures; it knows the columns "
              + Visible.value(String.join(", ", ((Preparation.Table) preparation.inputs()).names()))
              + "; name a table as csv:FILE");
    }
  }

  private static TaskData idx(TaskOptions options, @Nullable Preparation known) {
    return of(Idx.folder(options.task().path(), options.preparing().transposes(known)));
  }

  private static PictureFolder folder(
      TaskOptions options, @Nullable Preparation known, Reading reading) {
    return PictureFolder.open(
        options.task().path(),
        options.preparing().form(known),
        options.limit(),
        reading.progress());
  }

  static TableReader reader(CsvOptions options, Reading reading) {
    return new TableReader(options).notes(reading.notes()).progress(reading.progress());
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static TaskData published(Task task, Path root) {
    return switch (task.kind()) {
      case FASHION -> new TaskData(FashionMnist.train(root), FashionMnist.test(root));
      case ASL -> new TaskData(Asl.train(root), Asl.test(root));
      default -> new TaskData(Mnist.train(root), Mnist.test(root));
    };
  }

  private static DataSet digitsToValidate(int limit) {
    return digits(Digits.TRAIN_ROWS, limit, Digits.TEST_ROWS);
  }

  private static DataSet digits(int first, int limit, int rows) {
    return Digits.draw(DATA_SEED, first, Math.min(limit, rows));
  }

  private static TaskData csv(
      TaskOptions options,
      ValidationOptions validation,
      @Nullable Preparation preparation,
      boolean ownAnswers,
      Reading reading) {
    Path file = options.task().path();
    TableReader reader = reader(options.csv(), reading);
    if (ownAnswers) {
      reader.ownAnswers();
    }
    Path second = validation.file();
    List<Double> shares = validation.shares();
    if (shares.size() > 1) {
      return parts(
          reader.split(name(file), file, shares, DATA_SEED, preparation), null, validation);
    }
    DataSet train =
        preparation == null
            ? reader.read(name(file), file)
            : reader.read(name(file), file, preparation, true);
    return new TaskData(
        train,
        second == null
            ? null
            : reader(options.csv(), reading)
                .read(name(second), second, train.preparation().orElseThrow(), true));
  }

  /// Validates on the test part where there is one and nothing else is said, else on a share of the
  /// rows.
  private static TaskData split(
      DataSet train, @Nullable DataSet test, ValidationOptions validation) {
    if (test != null && !validation.isSaid()) {
      return new TaskData(train, test);
    }
    List<Double> shares = validation.shares();
    return parts(
        shares.size() == 1 ? List.of(train) : train.cut(shares, DATA_SEED), test, validation);
  }

  /// @param test a test part that the data have of their own
  private static TaskData parts(
      List<DataSet> parts, @Nullable DataSet test, ValidationOptions validation) {
    if (parts.size() == 3 && test != null) {
      throw new DataException(
          ("--split %s: the data have a test part of their own, %s; name two shares, for training"
                  + " and validation")
              .formatted(validation.text(), test.name()));
    }
    return new TaskData(
        parts.getFirst(),
        parts.size() > 1 ? parts.get(1) : null,
        parts.size() == 3 ? parts.getLast() : test);
  }

  /// A file in which a class happens not to occur must not shift the others.
  private static CsvOptions sameClasses(CsvOptions options, List<String> classes) {
    boolean numbers = !classes.isEmpty() && classes.stream().allMatch(c -> c.matches("\\d{1,9}"));
    return numbers
        ? options.withClasses(classes.stream().map(Integer::valueOf).toList(), classes)
        : options;
  }

  private static TaskData of(TrainTest data) {
    return new TaskData(data.train(), data.test());
  }

  private static @Nullable DataSet limited(@Nullable DataSet data, int limit) {
    return data == null ? null : first(data, limit);
  }

  private static DataSet first(DataSet data, int limit) {
    return data.size() <= limit ? data : data.slice(0, limit);
  }

  /// The data in one line: `60,000 training and 10,000 validation images of 28 x 28, 10 classes`.
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%,d training%s validation%s %s, %s",
        train.size(),
        (test == null ? " and " : ", ") + count(validation),
        test == null ? "" : " and " + count(test) + " test",
        shape(train),
        train.isClassified()
            ? train.outputs() + " classes"
            : Text.count(train.outputs(), "target value"));
  }

  private static String count(@Nullable DataSet data) {
    return data == null ? "no" : String.format(Locale.ROOT, "%,d", data.size());
  }

  /// What a row is: `images of 28 x 28`.
  public static String shape(DataSet data) {
    return data.imageWidth() > 0
        ? String.format(Locale.ROOT, "images of %d x %d", data.imageWidth(), data.imageHeight())
        : "rows of " + Text.count(data.features(), "value");
  }
}
