package dev.descent.cli.data;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `descent data`: looks at data sets and downloads them.
@Command(
    name = "data",
    description = "Look at data sets, or download them.",
    customSynopsis = {"descent data show|fetch TASK [OPTIONS]", ""},
    commandListHeading = "%nCommands:%n")
public final class DataCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "data show or data fetch?");
  }
}
