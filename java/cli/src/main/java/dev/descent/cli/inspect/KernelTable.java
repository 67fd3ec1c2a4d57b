package dev.descent.cli.inspect;

import dev.descent.backend.Ceilings;
import dev.descent.backend.KernelTime;
import dev.descent.cli.shell.Text;
import java.util.ArrayList;
import java.util.List;

/// The times of a step's kernels as a table: how long each takes, and which shares of the device's
/// ceilings it reaches.
public final class KernelTable {
  private static final double GIGA = 1e9;
  private static final double MICRO = 1e-6;

  private final Ceilings ceilings;

  KernelTable(Ceilings ceilings) {
    this.ceilings = ceilings;
  }

  /// The ceilings in one line.
  public static String describe(Ceilings ceilings) {
    if (Double.isNaN(ceilings.flops())) {
      return "ceilings: not measured for this device";
    }
    return Text.format(
        "ceilings of the device: multiply-adds %.1f GFLOP/s, copies %.1f GB/s (read + written)",
        ceilings.flops() / GIGA, ceilings.bytes() / GIGA);
  }

  /// A line each kernel, and one for all of them.
  List<String> lines(List<KernelTime> times) {
    double all = times.stream().mapToDouble(KernelTime::seconds).sum();
    List<String> lines = new ArrayList<>();
    lines.add("        us  of step   GFLOP/s  share      GB/s  share  kernel");
    for (KernelTime time : times) {
      lines.add(line(time, all, time.kernel()));
    }
    long flops = times.stream().mapToLong(KernelTime::flops).sum();
    long bytes = times.stream().mapToLong(KernelTime::bytes).sum();
    lines.add(line(new KernelTime("", all, flops, bytes), all, "all kernels of the step"));
    return lines;
  }

  private String line(KernelTime time, double all, String name) {
    return Text.format(
        "%10.1f  %5.1f %%  %s  %s  %s",
        time.seconds() / MICRO,
        100 * time.seconds() / all,
        rate(time.flops(), time.seconds(), ceilings.flops()),
        rate(time.bytes(), time.seconds(), ceilings.bytes()),
        name);
  }

  /// `156.2   71 %`, or dashes where nothing is counted.
  private static String rate(long amount, double seconds, double ceiling) {
    double rate = amount / seconds;
    return amount == 0
        ? Text.format("%8s  %5s", "-", "-")
        : Text.format(
            "%8.1f  %5s",
            rate / GIGA,
            Double.isNaN(ceiling) ? "-" : Text.format("%.0f %%", 100 * rate / ceiling));
  }
}
