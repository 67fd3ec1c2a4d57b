package dev.descent.cli.image;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the pictures of a data set look like, in numbers: how bright they are and how much their
/// pixels differ, from 0 for black to 1 for white, and how both vary from picture to picture. A
/// model keeps it, and so can tell that a photo is unlike what it has learned from.
///
/// @param brightness the mean over all pictures of the mean of a picture's values
/// @param brightnessSpread the standard deviation of that mean from picture to picture
/// @param contrast the mean over all pictures of the standard deviation of a picture's values
/// @param contrastSpread the standard deviation of that deviation from picture to picture
public record Look(
    double brightness, double brightnessSpread, double contrast, double contrastSpread) {
  /// Enough for means, and done in a moment.
  private static final int MOST_PICTURES = 2000;

  /// How many spreads away a picture is unlike the others, and the least spread that is taken.
  private static final double FAR = 4;

  private static final double LEAST_SPREAD = 0.02;

  private static final String NUMBER = "\\d\\.\\d{4}";
  private static final String FORM = "%s %s %s %s".replace("%s", NUMBER);

  /// What the pictures of a data set look like; of a large one, of pictures all over it.
  public static Look of(DataSet data) {
    int count = Math.min(MOST_PICTURES, data.size());
    double[] means = new double[count];
    double[] deviations = new double[count];
    for (int i = 0; i < count; i++) {
      float[] row = data.row((int) ((long) i * data.size() / count));
      double[] values = new double[row.length];
      for (int j = 0; j < row.length; j++) {
        values[j] = Math.clamp(row[j], 0f, 1f);
      }
      means[i] = mean(values);
      deviations[i] = deviation(values);
    }
    return new Look(mean(means), deviation(means), mean(deviations), deviation(deviations));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }

  /// Reads what [#toString] gives; empty if it is something else.
  public static Optional<Look> parse(String text) {
    if (!text.matches(FORM)) {
      return Optional.empty();
    }
    String[] words = text.split(" ", -1);
    return Optional.of(
        new Look(
            Double.parseDouble(words[0]),
            Double.parseDouble(words[1]),
            Double.parseDouble(words[2]),
            Double.parseDouble(words[3])));
  }

  /// What is unlike in a picture, and what might help; empty if nothing is.
  ///
  /// @param pixels 0 black to 255 white, as the model takes them
  public Optional<String> differs(byte[] pixels) {
    double[] values = new double[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (pixels[i] & 0xFF) / 255.0;
    }
    double mean = mean(values);
    double deviation = deviation(values);
    List<String> unlike = new ArrayList<>();
    if (isFar(mean, brightness, brightnessSpread)) {
      boolean negative = !isFar(1 - mean, brightness, brightnessSpread);
      unlike.add(
          Text.format(
              "%s than the training pictures (mean %.2f, theirs %.2f)%s",
              mean > brightness ? "brighter" : "darker",
              mean,
              brightness,
              negative ? ": its negative would be like them, see --invert" : ""));
    }
    if (isFar(deviation, contrast, contrastSpread)) {
      unlike.add(
          Text.format(
              "of %s contrast than they are (deviation %.2f, theirs %.2f)",
              deviation > contrast ? "more" : "less", deviation, contrast));
    }
    return unlike.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", unlike));
  }

  private static boolean isFar(double value, double usual, double spread) {
    return Math.abs(value - usual) > FAR * Math.max(spread, LEAST_SPREAD);
  }

  /// As a model's file has it.
  @Override
  public String toString() {
    return Text.format(
        "%.4f %.4f %.4f %.4f", brightness, brightnessSpread, contrast, contrastSpread);
  }
}
