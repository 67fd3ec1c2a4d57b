package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.cli.lesson.LineLessonRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent lesson line`: how the simplest model, y = mx + b, learns.
@Command(
    name = "line",
    customSynopsis = {"descent lesson line [OPTIONS]", ""},
    description = "How y = mx + b learns, in numbers and a picture.")
final class LessonLineCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private OutOption out = new OutOption();
  @Mixin private DeviceOptions device = new DeviceOptions();

  LessonLineCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    try (Engine engine = device.open(invocation)) {
      return LineLessonRun.run(invocation.out(), out.folder(), new EngineLine(engine));
    }
  }
}
