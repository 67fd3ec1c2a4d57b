package dev.descent.cli.lesson;

import dev.descent.Engine;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import dev.descent.internal.format.Visible;
import java.io.PrintStream;
import java.nio.file.Path;

/// The lessons of `descent lesson`: each computes its numbers, prints them, and writes a page.
public enum Lesson {
  LINE("line"),
  ACTIVATIONS("activations"),
  OPTIMIZERS("optimizers"),
  OVERFITTING("overfitting"),
  CROSS_ENTROPY("cross-entropy"),
  CONVOLUTION("convolution"),
  AUGMENTATION("augmentation"),
  DEPLOYMENT("deployment");

  private final String word;

  Lesson(String word) {
    this.word = word;
  }

  /// Writes what a lesson says.
  @FunctionalInterface
  interface Author {
    /// Computes the lesson's numbers and says it.
    ///
    /// @param page receives it
    /// @param engine trains and computes the same on a device
    void write(LessonPage page, Engine engine);
  }

  /// Its name on the command line.
  public String word() {
    return word;
  }

  /// What it is about, in a few words.
  public String summary(Language language) {
    return Words.of(word, language).text("summary");
  }

  /// The name of its page.
  public String file(Language language) {
    return "lesson-" + word + language.suffix() + ".html";
  }

  /// Teaches the lesson.
  ///
  /// @param out where its text and numbers go
  /// @param width of the terminal, in columns
  /// @param folder where the page goes; must exist
  /// @param engine computes the same as the formulas; stays the caller's to close
  /// @throws dev.descent.DescentException if the page can't be written; nothing is printed then
  public void teach(PrintStream out, int width, Path folder, Language language, Engine engine) {
    Path target = folder.resolve(file(language));
    requireWritable(folder, language);
    LessonPage page = compose(language, engine);
    new TerminalPage(out, width).print(page);
    WebPage.of(page).write(target);
    out.println();
    out.println(page.words().set("file", Visible.line(target.toString())).text("written"));
  }

  /// Fails if the page can't be written, before any work is done.
  ///
  /// @throws dev.descent.DescentException naming the file
  public void requireWritable(Path folder, Language language) {
    Path target = folder.resolve(file(language));
    OwnedFile.requireOurs(target);
    AtomicFile.requireWritable(target);
  }

  LessonPage compose(Language language, Engine engine) {
    LessonPage page = new LessonPage(Words.of(word, language));
    page.words().set("engine", engine.device().backend());
    author().write(page, engine);
    return page;
  }

  private Author author() {
    return switch (this) {
      case LINE -> new LinePage();
      case ACTIVATIONS -> new ActivationsPage();
      case OPTIMIZERS -> new OptimizersPage();
      case OVERFITTING -> new OverfittingPage();
      case CROSS_ENTROPY -> new CrossEntropyPage();
      case CONVOLUTION -> new ConvolutionPage();
      case AUGMENTATION -> new AugmentationPage();
      case DEPLOYMENT -> new DeploymentPage();
    };
  }
}
