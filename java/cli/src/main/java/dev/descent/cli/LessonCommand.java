package dev.descent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `descent lesson`: the course's examples.
@Command(
    name = "lesson",
    description = "Show an example of the course.",
    customSynopsis = {"descent lesson line [OPTIONS]", ""},
    commandListHeading = "%nLessons:%n")
final class LessonCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which lesson? there is line");
  }
}
