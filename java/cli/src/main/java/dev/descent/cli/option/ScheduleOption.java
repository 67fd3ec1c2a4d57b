package dev.descent.cli.option;

import dev.descent.train.objective.Schedule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A learning-rate schedule as the command line writes it: a name and, behind a colon, its numbers.
///
/// @param text as it was written
/// @param schedule what it means
record ScheduleOption(String text, Schedule schedule) {
  static final String FORMS =
      "constant, step:EVERY[,FACTOR], exponential[:FACTOR], cosine[:WARMUP[,LAST]], or"
          + " one-cycle[:SHARE[,DIVISOR[,LAST]]]";

  private static final double STEP_FACTOR = 0.1;
  private static final double EXPONENTIAL_FACTOR = 0.9;

  /// One cycle's numbers unless given, which are PyTorch's.
  private static final double[] CYCLE = {0.3, 25, 1e4};

  private static final int MOST_NUMBERS = 2;

  static ScheduleOption constant() {
    return new ScheduleOption("constant", Schedule.constant());
  }

  /// Reads a schedule.
  ///
  /// @throws IllegalArgumentException saying what it must be, if it is none
  static ScheduleOption of(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String[] numbers = colon < 0 ? new String[0] : text.substring(colon + 1).split(",", -1);
    try {
      return new ScheduleOption(text, schedule(name, numbers));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("must be " + FORMS, e);
    }
  }

  private static Schedule schedule(String name, String[] numbers) {
    boolean fits =
        switch (name) {
          case "constant" -> numbers.length == 0;
          case "step" -> numbers.length > 0 && numbers.length <= MOST_NUMBERS;
          case "exponential" -> numbers.length < MOST_NUMBERS;
          case "cosine" -> numbers.length <= MOST_NUMBERS;
          case "one-cycle" -> numbers.length <= CYCLE.length;
          default -> false;
        };
    if (!fits) {
      throw new NumberFormatException();
    }
    return switch (name) {
      case "step" -> Schedule.step(Integer.parseInt(numbers[0]), number(numbers, 1, STEP_FACTOR));
      case "exponential" -> Schedule.exponential(number(numbers, 0, EXPONENTIAL_FACTOR));
      case "cosine" -> Schedule.cosine(number(numbers, 0, 0), number(numbers, 1, 0));
      case "one-cycle" ->
          Schedule.oneCycle(
              number(numbers, 0, CYCLE[0]),
              number(numbers, 1, CYCLE[1]),
              number(numbers, 2, CYCLE[2]));
      default -> Schedule.constant();
    };
  }

  private static double number(String[] numbers, int index, double unlessGiven) {
    return index < numbers.length ? Double.parseDouble(numbers[index]) : unlessGiven;
  }

  /// Reads a schedule from the command line.
  static final class Converter implements ITypeConverter<ScheduleOption> {
    @Override
    public ScheduleOption convert(String text) {
      try {
        return of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
