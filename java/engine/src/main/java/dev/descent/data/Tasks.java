package dev.descent.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Loads the data of a task by the word that names it.
public final class Tasks {
  private static final String CSV = "csv:";
  private static final String IDX = "idx:";
  private static final String DIGITS = "digits";

  /// The part of a CSV file that is kept for validation.
  private static final double VALIDATION_SHARE = 0.2;

  private Tasks() {}

  /// The words that [#load] understands, for help texts.
  public static List<String> words() {
    return List.of(DIGITS, "mnist", "fashion", "asl", CSV + "FILE", IDX + "DIR");
  }

  /// Loads the data of a task.
  ///
  /// @param task `digits`, `mnist`, `fashion`, `asl`, `csv:FILE` (a fifth of whose rows, chosen by
  ///     the seed, are kept for validation) or `idx:DIR`
  /// @param dataOption the folder named on the command line, or null; see [DataFolder#resolve]
  /// @param seed for what is drawn or chosen by chance
  /// @throws dev.descent.DataException if the data are missing or malformed
  /// @throws IllegalArgumentException if there is no such task
  public static TrainTest load(String task, @Nullable Path dataOption, long seed) {
    if (task.startsWith(CSV)) {
      return Csv.read(Path.of(task.substring(CSV.length()))).split(VALIDATION_SHARE, seed);
    }
    if (task.startsWith(IDX)) {
      return Idx.folder(Path.of(task.substring(IDX.length())));
    }
    Path root = DataFolder.resolve(dataOption);
    return switch (task) {
      case DIGITS -> new TrainTest(Digits.train(seed), Digits.test(seed));
      case "mnist" -> new TrainTest(Mnist.train(root), Mnist.test(root));
      case "fashion" -> new TrainTest(FashionMnist.train(root), FashionMnist.test(root));
      case "asl" -> new TrainTest(Asl.train(root), Asl.test(root));
      default ->
          throw new IllegalArgumentException(
              "no task %s; there are %s".formatted(task, String.join(", ", words())));
    };
  }
}
