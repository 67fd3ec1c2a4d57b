package dev.descent.train;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How often a [ModelCheckpoint] writes: after so many steps, epochs or seconds.
///
/// @param unit of the count
/// @param count at least 1
public record SaveFrequency(Unit unit, int count) {
  private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,9})\\s*([a-z]+)\\s*");
  private static final int MINUTE = 60;
  private static final int HOUR = 3600;

  /// What is counted.
  public enum Unit {
    /// Steps of training.
    STEPS,
    /// Epochs.
    EPOCHS,
    /// Seconds.
    SECONDS
  }

  /// Checks the count.
  ///
  /// @throws IllegalArgumentException if it is below 1
  public SaveFrequency {
    if (count < 1) {
      throw new IllegalArgumentException(
          "a checkpoint every "
              + count
              + " "
              + unit.name().toLowerCase(Locale.ROOT)
              + "; must be >= 1");
    }
  }

  /// After every so many training steps, counted from the start of training.
  ///
  /// @param count at least 1
  /// @return the frequency
  /// @throws IllegalArgumentException if there are fewer than 1
  public static SaveFrequency steps(int count) {
    return new SaveFrequency(Unit.STEPS, count);
  }

  /// After every so many epochs.
  ///
  /// @param count at least 1
  /// @return the frequency
  /// @throws IllegalArgumentException if there are fewer than 1
  public static SaveFrequency epochs(int count) {
    return new SaveFrequency(Unit.EPOCHS, count);
  }

  /// After the first step or epoch that ends so long after the checkpoint before.
  ///
  /// @param time whole seconds, at least one
  /// @return the frequency
  /// @throws IllegalArgumentException if it is shorter, or longer than 68 years
  public static SaveFrequency time(Duration time) {
    return new SaveFrequency(
        Unit.SECONDS, (int) Math.min(Integer.MAX_VALUE, Math.max(0, time.toSeconds())));
  }

  /// Reads `500steps`, `2epochs`, `90s`, `10min` or `1h`, with or without a blank, singular or
  /// plural.
  ///
  /// @param text a number and a unit
  /// @return the frequency
  /// @throws IllegalArgumentException if it is none of these
  public static SaveFrequency parse(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    long count = matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    Unit unit = count == 0 ? Unit.STEPS : unit(matcher.group(2));
    count *= unit == Unit.SECONDS ? seconds(matcher.group(2)) : 1;
    if (count < 1 || count > Integer.MAX_VALUE) {
      throw malformed();
    }
    return new SaveFrequency(unit, (int) count);
  }

  private static Unit unit(String word) {
    return switch (word) {
      case "step", "steps" -> Unit.STEPS;
      case "epoch", "epochs" -> Unit.EPOCHS;
      default -> Unit.SECONDS;
    };
  }

  private static int seconds(String word) {
    return switch (word) {
      case "s", "sec", "second", "seconds" -> 1;
      case "m", "min", "mins", "minute", "minutes" -> MINUTE;
      case "h", "hour", "hours" -> HOUR;
      default -> throw malformed();
    };
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "must be a number from 1 and a unit, such as 500steps, 2epochs or 10min");
  }

  /// `500 steps`
  @Override
  public String toString() {
    String word = unit.name().toLowerCase(Locale.ROOT);
    return count + " " + (count == 1 ? word.substring(0, word.length() - 1) : word);
  }
}
