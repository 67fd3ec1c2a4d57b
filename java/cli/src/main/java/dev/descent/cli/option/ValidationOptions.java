package dev.descent.cli.option;

import dev.descent.model.Model;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The flags that say what a model is validated and tested on, where the task's data do not say it.
public final class ValidationOptions {
  private static final List<Double> DEFAULT = List.of(0.8, 0.2);

  /// Shares are written with a few decimals: thirds are 0.33.
  private static final double ROUNDING = 0.011;

  private static final String NUMBER = "[-+]?(?:\\d+[.]?\\d*|[.]\\d+)";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--validation",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "For csv: a second file, to validate on.")
  private @Nullable Path file;

  @Option(
      names = "--validation-split",
      paramLabel = "SHARE",
      converter = Converters.Share.class,
      description =
          "For csv, npz, npy and images: the share of rows kept for validation, chosen at random"
              + " but always the same, with each class in the same share; 0 for none. Default: 0.2;"
              + " where there is a test part, that validates.")
  private @Nullable Float share;

  @Option(
      names = "--split",
      paramLabel = "SHARES|FILE",
      description =
          "Shares for training, validation and, if there are three, a test that is measured once at"
              + " the end: 0.7,0.15,0.15, say. One number is --validation-split, a file is"
              + " --validation.")
  private @Nullable String either;

  /// What the run to resume had.
  private String resumed = "";

  /// Takes what was not typed from the model of a run to resume.
  ///
  /// @throws ParameterException if other shares were typed
  public void resume(Path checkpoint, Model model) {
    resumed = ModelFacts.split(model);
    if (!isTyped()) {
      return;
    }
    String typed = text();
    if (!resumed.isEmpty() && isShares(resumed) && !shares(resumed).equals(shares(typed))) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume %s: that run had the split %s, not %s".formatted(checkpoint, resumed, typed));
    }
  }

  private boolean isTyped() {
    return either != null || file != null || share != null;
  }

  /// What was said, as `--split` takes it; empty if nothing was.
  public String text() {
    if (!isTyped()) {
      return resumed;
    }
    if (either != null) {
      return either;
    }
    // Without an exponent, which would look like a file's name.
    return file != null
        ? file.toString()
        : new BigDecimal(Float.toString(share == null ? 0 : share)).toPlainString();
  }

  /// Whether the task's rows are to be split even where it has a test part.
  boolean isSaid() {
    return !text().isEmpty();
  }

  /// The file to validate on; null for a share.
  @Nullable Path file() {
    String text = text();
    return text.isEmpty() || isShares(text) ? null : new Converters.File().convert(text);
  }

  /// The shares of training, validation and, if there are three, test: together 1. One alone where
  /// nothing is kept apart.
  List<Double> shares() {
    String text = text();
    return text.isEmpty() ? DEFAULT : isShares(text) ? shares(text) : List.of(1.0);
  }

  private static boolean isShares(String text) {
    return text.matches(NUMBER + "(?:," + NUMBER + ")*");
  }

  private List<Double> shares(String text) {
    List<Double> said = Stream.of(text.split(",", -1)).map(Double::valueOf).toList();
    if (said.size() == 1) {
      double kept = said.getFirst();
      if (!(kept >= 0 && kept < 1)) {
        throw refused(
            text,
            "must be a share of at least 0 and below 1, shares such as 0.7,0.15,0.15, or a file");
      }
      return kept == 0 ? List.of(1.0) : List.of(1 - kept, kept);
    }
    double sum = said.stream().mapToDouble(Double::doubleValue).sum();
    if (said.size() > 3) {
      throw refused(text, "there are three parts at most: training, validation and test");
    }
    if (said.stream().anyMatch(part -> !(part > 0))) {
      throw refused(text, "each share must be above 0");
    }
    if (Math.abs(sum - 1) > ROUNDING) {
      throw refused(text, "the shares must add up to 1, and are " + (float) sum);
    }
    List<Double> shares = new ArrayList<>(said);
    shares.replaceAll(part -> part / sum);
    return List.copyOf(shares);
  }

  private ParameterException refused(String text, String reason) {
    return new ParameterException(
        spec.commandLine(),
        "%s %s: %s".formatted(either == null ? "--validation-split" : "--split", text, reason));
  }

  public void check(TaskOptions task) {
    if (either != null && (share != null || file != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--split excludes --validation and --validation-split, which it stands for");
    }
    if (share != null && file != null) {
      throw new ParameterException(
          spec.commandLine(), "--validation and --validation-split exclude each other");
    }
    if (!isTyped()) {
      return;
    }
    String flag = either != null ? "--split" : file != null ? "--validation" : "--validation-split";
    if (isShares(text())) {
      task.requireSplit(flag);
      shares(text());
    } else {
      task.requireCsv(flag);
      try {
        new Converters.File().convert(text());
      } catch (TypeConversionException e) {
        throw refused(text(), String.valueOf(e.getMessage()));
      }
    }
  }
}
