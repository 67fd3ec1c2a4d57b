package dev.descent.cli.lesson;

import dev.descent.format.AtomicFile;
import dev.descent.format.OwnedFile;
import java.io.PrintStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// `descent lesson line`: prints the page and writes the picture.
public final class LineLessonRun {
  /// The picture's name within the output folder.
  public static final String PICTURE = "lesson-line.svg";

  private LineLessonRun() {}

  /// Runs the lesson without the engine's part.
  ///
  /// @param out where the page goes; ASCII, at most 88 columns
  /// @param folder where the picture goes; must exist
  /// @return the exit status, 0
  /// @throws dev.descent.DescentException if the picture can't be written; nothing is printed then
  public static int run(PrintStream out, Path folder) {
    return run(out, folder, null);
  }

  /// Runs the lesson.
  ///
  /// @param engine trains the same line, to be shown beside the numbers computed by hand; null
  ///     leaves
  ///     that part out
  public static int run(PrintStream out, Path folder, @Nullable LineEngine engine) {
    Path picture = folder.resolve(PICTURE);
    OwnedFile.requireOurs(picture);
    AtomicFile.requireWritable(picture);
    LinePage.print(out, engine);
    LinePicture.draw().write(picture);
    out.println();
    out.println("The picture of this is in " + picture + ".");
    return 0;
  }
}
