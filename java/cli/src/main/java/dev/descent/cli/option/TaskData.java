package dev.descent.cli.option;

import dev.descent.data.DataSet;
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
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The data of a task.
///
/// @param train what is learned from
/// @param validation what the model is judged by, or null if there is nothing
public record TaskData(DataSet train, @Nullable DataSet validation) {
  /// Of the digits that are drawn and of the rows that are kept for validation: data do not change
  /// with `--seed`, so that runs with different seeds can be compared.
  private static final long DATA_SEED = 1;

  /// Loads the data to train on and to validate on.
  ///
  /// @throws dev.descent.DataException if they are missing or malformed
  public static TaskData load(TaskOptions options, ValidationOptions validation) {
    int limit = options.limit();
    Task task = options.task();
    TaskData all =
        switch (task.kind()) {
          case DIGITS -> new TaskData(digits(0, limit, Digits.TRAIN_ROWS), digitsToValidate(limit));
          case CSV -> csv(options, validation);
          case IDX -> of(Idx.folder(Path.of(task.place())));
          case MNIST, FASHION, ASL -> published(task, DataFolder.resolve(options.data()));
        };
    DataSet validating = all.validation;
    return new TaskData(
        first(all.train, limit), validating == null ? null : first(validating, limit));
  }

  /// Data of the task's sizes, all zeros where they are known without reading: enough to lay out a
  /// program.
  ///
  /// @throws dev.descent.DataException if they must be read, and are missing or malformed
  public static TaskData shape(TaskOptions options, ValidationOptions validation) {
    return switch (options.task().kind()) {
      case CSV, IDX -> load(options, validation);
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
  /// file.
  ///
  /// @param classes the names of the model's classes; empty if they are not known
  /// @throws dev.descent.DataException if they are missing or malformed
  public static DataSet test(TaskOptions options, List<String> classes) {
    Task task = options.task();
    Path root = DataFolder.resolve(options.data());
    DataSet all =
        switch (task.kind()) {
          case DIGITS -> digitsToValidate(options.limit());
          case MNIST -> Mnist.test(root);
          case FASHION -> FashionMnist.test(root);
          case ASL -> Asl.test(root);
          case IDX -> Idx.folder(Path.of(task.place())).test();
          case CSV -> Csv.read(Path.of(task.place()), sameClasses(csvOptions(options), classes));
        };
    return first(all, options.limit());
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

  private static TaskData csv(TaskOptions options, ValidationOptions validation) {
    CsvOptions csvOptions = csvOptions(options);
    DataSet train = Csv.read(Path.of(options.task().place()), csvOptions);
    Path second = validation.file();
    if (second != null) {
      return new TaskData(train, Csv.read(second, sameClasses(csvOptions, train.classNames())));
    }
    return validation.split() == 0
        ? new TaskData(train, null)
        : of(train.split(validation.split(), DATA_SEED));
  }

  private static CsvOptions csvOptions(TaskOptions options) {
    String label = options.label();
    if (label == null) {
      return CsvOptions.defaults();
    }
    return label.matches("\\d{1,9}")
        ? CsvOptions.defaults().withLabelColumn(Integer.parseInt(label))
        : CsvOptions.defaults().withLabelColumn(label);
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

  private static DataSet first(DataSet data, int limit) {
    return data.size() <= limit ? data : data.slice(0, limit);
  }

  /// The data in one line: `60,000 training and 10,000 validation images of 28 x 28, 10 classes`.
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%,d training and %s validation %s, %d classes",
        train.size(),
        validation == null ? "no" : String.format(Locale.ROOT, "%,d", validation.size()),
        shape(train),
        train.outputs());
  }

  /// What a row is: `images of 28 x 28`.
  public static String shape(DataSet data) {
    return data.imageWidth() > 0
        ? "images of %d x %d".formatted(data.imageWidth(), data.imageHeight())
        : String.format(Locale.ROOT, "rows of %,d values", data.features());
  }
}
