package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.cli.shell.UsageErrors;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `descent devices`: what there is to run on, and why the rest can't be used.
@Command(
    name = "devices",
    customSynopsis = {"descent devices", ""},
    description = "List what can be run on, and why the rest can't.")
final class DevicesCommand implements Callable<Integer> {
  private final Invocation invocation;

  DevicesCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    List<DeviceReport> devices = Engine.devices();
    int width = devices.stream().mapToInt(d -> d.id().length()).max().orElse(1);
    for (DeviceReport device : devices) {
      invocation.print(
          Text.format(
              "%-" + width + "s  %-3s  %s",
              device.id(),
              device.usable() ? "yes" : "no",
              UsageErrors.oneLine(device.description())));
    }
    return ExitStatus.DONE;
  }
}
