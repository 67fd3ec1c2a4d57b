package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.cli.lesson.Language;
import dev.descent.cli.lesson.Lesson;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.LanguageOption;
import dev.descent.cli.option.OutOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent lesson NAME`: one lesson. Its name and description are the lesson's (see [Commands]).
@Command
final class LessonTopicCommand implements Callable<Integer> {
  private final Invocation invocation;
  private final Lesson lesson;

  @Mixin private LanguageOption language = new LanguageOption();
  @Mixin private OutOption out = new OutOption();
  @Mixin private DeviceOptions device = new DeviceOptions();

  LessonTopicCommand(Invocation invocation, Lesson lesson) {
    this.invocation = invocation;
    this.lesson = lesson;
  }

  @Override
  public Integer call() {
    Language chosen = language.language(invocation);
    lesson.requireWritable(out.folder(), chosen);
    try (Engine engine = device.open(invocation)) {
      lesson.teach(invocation.out(), invocation.terminal().width(), out.folder(), chosen, engine);
    }
    return ExitStatus.DONE;
  }
}
