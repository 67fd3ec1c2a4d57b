package dev.descent.internal.device;

import dev.descent.DeviceException;
import java.util.List;

/// What kernels report that meet data that cannot be: one word, which the first fault sets to the
/// place of its command times 4 plus the kind of fault. The kernels of all devices use the same
/// numbers.
public final class Faults {
  private static final List<String> KINDS =
      List.of(
          "an unknown fault",
          "the row order or the cursor is outside the data",
          "a label is outside the classes",
          "the slot is outside the slots");

  private Faults() {}

  /// Fails where kernels reported a fault.
  ///
  /// @param report the word, 0 if there is no fault
  /// @param backend its name
  /// @param step the name of the step that ran
  /// @param commands all commands of the program, in the order of their places
  /// @throws DeviceException naming step, operation and fault
  public static void require(
      int report, String backend, String step, List<? extends DeviceCommand> commands) {
    if (report != 0) {
      throw new DeviceException(
          "%s: step %s: %s: %s"
              .formatted(
                  backend,
                  step,
                  commands.get(report / KINDS.size()).operation(),
                  KINDS.get(report % KINDS.size())));
    }
  }
}
