package dev.descent.cli;

import dev.descent.cli.shell.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `descent` without a command.
@Command(
    name = "descent",
    versionProvider = Version.class,
    description = "Trains neural networks on whatever the machine has.",
    customSynopsis = {"descent COMMAND [OPTIONS]", ""},
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "TASK is one of digits, mnist, fashion, asl, csv:FILE, idx:DIR.",
      "`descent COMMAND --help` tells more. `descent train digits` needs no download.",
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 backend not available,",
      "4 data missing or malformed, 130 interrupted by Ctrl-C, 143 terminated.",
      "DESCENT_DATA says where data sets lie; DESCENT_DEBUG=1 shows where errors arose."
    })
final class DescentCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
