package dev.descent.cli;

import dev.descent.cli.lesson.Language;
import dev.descent.cli.lesson.Lesson;
import dev.descent.cli.option.LanguageOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.text.Wrapping;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent lesson`: lists the lessons.
@Command(
    name = "lesson",
    description = "Show an example of the course, in numbers and on a page; alone: list them.",
    customSynopsis = {"descent lesson [NAME] [OPTIONS]", ""},
    commandListHeading = "%nLessons:%n")
final class LessonCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private LanguageOption language = new LanguageOption();

  LessonCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Language chosen = language.language(invocation);
    int width = invocation.terminal().width();
    for (Lesson lesson : Lesson.values()) {
      invocation.print("descent lesson " + lesson.word());
      Wrapping.wrap(lesson.summary(chosen), width - 4)
          .forEach(line -> invocation.print("    " + line));
    }
    return ExitStatus.DONE;
  }
}
