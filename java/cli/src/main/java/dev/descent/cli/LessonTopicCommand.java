package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.cli.lesson.Language;
import dev.descent.cli.lesson.Lesson;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.LanguageOption;
import dev.descent.cli.option.OutOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent lesson NAME`: one lesson, or all. Its name and description are the lesson's (see [Commands]).
@Command
final class LessonTopicCommand implements Callable<Integer> {
  private final Invocation invocation;
  private final List<Lesson> lessons;

  @Mixin private LanguageOption language = new LanguageOption();
  @Mixin private OutOption out = new OutOption();
  @Mixin private DeviceOptions device = new DeviceOptions();

  LessonTopicCommand(Invocation invocation, List<Lesson> lessons) {
    this.invocation = invocation;
    this.lessons = lessons;
  }

  @Override
  public Integer call() {
    Language chosen = language.language(invocation);
    lessons.forEach(lesson -> lesson.requireWritable(out.folder(), chosen));
    int width = invocation.terminal().width();
    try (Engine engine = device.open(invocation)) {
      for (Lesson lesson : lessons) {
        if (lesson != lessons.getFirst()) {
          invocation.print("");
        }
        lesson.teach(invocation.out(), width, out.folder(), chosen, engine);
      }
    }
    return ExitStatus.DONE;
  }
}
