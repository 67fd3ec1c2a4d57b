package dev.descent.internal.device;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.DeviceReport;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The devices that a backend found, or the reason why it found none.
///
/// @param <D> a device
/// @param backend its name
/// @param list in the order in which they are numbered
/// @param reason what was looked for, what was found and what to do; empty where there is a device
public record FoundDevices<D extends FoundDevices.Found>(
    String backend, List<D> list, String reason) {
  /// A device of a list.
  public interface Found {
    /// Whether opening it can be expected to work.
    boolean isUsable();

    /// One line, which says what the device lacks where it is not usable.
    String describe();
  }

  public FoundDevices {
    list = List.copyOf(list);
  }

  /// No device, and why.
  public static <D extends Found> FoundDevices<D> none(String backend, String reason) {
    return new FoundDevices<>(backend, List.of(), reason);
  }

  /// Fails where another device is asked for than the only one that a backend can have.
  ///
  /// @throws BackendUnavailableException if the number is not 0
  public static void requireFirst(String backend, int number) {
    if (number != 0) {
      throw new BackendUnavailableException(
          String.format(Locale.ROOT, "backend %s has one device, 0, not %d", backend, number));
    }
  }

  /// Lines for `descent devices`, at least one.
  ///
  /// @param describe one line for a device
  public List<DeviceReport> reports(Function<D, String> describe) {
    if (list.isEmpty()) {
      return List.of(new DeviceReport(backend, false, reason));
    }
    return IntStream.range(0, list.size())
        .mapToObj(i -> {
          D device = list.get(i);
          return new DeviceReport(backend + ":" + i, device.isUsable(), describe.apply(device));
        })
        .toList();
  }

  /// A device that can be opened.
  ///
  /// @throws BackendUnavailableException with the reason, if there is none of this number, or it
  ///     can't be used
  public D get(int number) {
    if (list.isEmpty()) {
      throw new BackendUnavailableException(backend + ": " + reason);
    }
    if (number >= list.size()) {
      throw new BackendUnavailableException(
          String.format(
              Locale.ROOT,
              "backend %s has %d device%s, from 0, not %d",
              backend,
              list.size(),
              list.size() == 1 ? "" : "s",
              number));
    }
    D device = list.get(number);
    if (!device.isUsable()) {
      throw new BackendUnavailableException(
          String.format(Locale.ROOT, "%s:%d: %s", backend, number, device.describe()));
    }
    return device;
  }
}
