package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.model.Model;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--augment` and its kin.
final class AugmentCommandsTest {
  private static final String COURSE = "rotation 5, crop 0.9, flip, brightness 0.2, contrast 0.5";
  private static final String KERAS = "rotation 10, shift 0.1, zoom 0.1, flip";

  @TempDir private Path folder;

  private static Shell train(String... flags) {
    List<String> words =
        new ArrayList<>(
            List.of("train", "digits", "--limit", "64", "--epochs", "1", "--hidden", "16"));
    words.addAll(List.of("--backend", "cpu"));
    words.addAll(List.of(flags));
    return Shell.run(words.toArray(String[]::new));
  }

  private static void assertPictures(String wanted, String... flags) {
    Shell shell = train(flags);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("seed 1; pictures: " + wanted + "\n"), shell::toString);
  }

  private static void assertRefused(String wanted, String... flags) {
    Shell shell = train(flags);
    assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
    assertTrue(shell.err().contains(wanted), shell::toString);
  }

  @Test
  void settingsHaveNamesAndFlagsOfTheirOwn() {
    assertPictures(COURSE, "--augment");
    assertPictures(COURSE, "--augment", "course");
    assertPictures(KERAS, "--augment=course-keras");
    assertPictures(
        "rotation 15, shift 0.1, zoom 0.1",
        "--augment",
        "course-keras",
        "--rotate",
        "15",
        "--no-flip");
    assertPictures(
        "rotation 180, shift 0.5, zoom 0.25, crop 0.5, flip, brightness 1, contrast 0.125",
        "--rotate=180",
        "--shift=0.5",
        "--zoom=.25",
        "--crop=0.5",
        "--flip",
        "--brightness=1",
        "--contrast=0.125");
    Shell none = train("--augment", "none");
    assertEquals(ExitStatus.DONE, none.status(), none::toString);
    assertFalse(none.out().contains("pictures:"), none::toString);
  }

  /// The word behind the flag is a name only if it is one.
  @Test
  void theFlagMayStandBeforeTheTask() {
    Shell shell =
        Shell.run(
            "train",
            "--augment",
            "digits",
            "--limit",
            "40",
            "--epochs",
            "1",
            "--hidden",
            "8",
            "--backend",
            "cpu");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("pictures: " + COURSE), shell::toString);
  }

  @Test
  void whatIsOutOfBoundsIsRefused() {
    assertRefused("must be course, course-keras or none", "--augment=curse");
    assertRefused("--rotate", "--rotate", "181");
    assertRefused("must be a number from 0 to 180", "--rotate", "-1");
    assertRefused("must be a number of at least 0 and below 1", "--shift", "1");
    assertRefused("must be a number of at least 0 and below 1", "--zoom", "NaN");
    assertRefused("must be a number above 0 and up to 1", "--crop", "0");
    assertRefused("must be a number from 0 to 1", "--brightness", "1.5");
    assertRefused("must be a number from 0 to 1", "--contrast", "ten");
  }

  @Test
  void tablesAreRefused() throws Exception {
    Path table = folder.resolve("flowers.csv");
    Files.writeString(table, "length,width,label\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,1,a\n");
    for (String command : List.of("train", "explain", "compare --backends cpu", "data show")) {
      List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
      words.addAll(List.of("csv:" + table, "--augment"));
      Shell shell = Shell.run(words.toArray(String[]::new));
      assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
      assertTrue(
          shell.err().contains("are for pictures; flowers.csv")
              && shell.err().contains("has rows of 2 values"),
          shell::toString);
    }
  }

  @Test
  void logReportAndExplanationNameIt() throws Exception {
    Path log = folder.resolve("log.jsonl");
    Path report = folder.resolve("report.html");
    assertPictures(
        KERAS, "--augment", "course-keras", "--log", log.toString(), "--report", report.toString());
    assertTrue(Files.readString(log).contains("\"augmentation\":\"" + KERAS + "\""));
    assertTrue(Files.readString(report).contains(KERAS));
    Shell explained =
        Shell.run("explain", "digits", "--augment", "--limit", "40", "--backend", "cpu");
    assertEquals(ExitStatus.DONE, explained.status(), explained::toString);
    long stages =
        explained.out().lines().filter(line -> line.contains("Augment(" + COURSE + ")")).count();
    // Of a full batch there are none among 40 samples; validation has none either.
    assertEquals(1, stages, explained::toString);
  }

  @Test
  void aResumedRunKeepsItAndRefusesAnother() {
    Path state = folder.resolve("state");
    Path whole = folder.resolve("whole");
    Path rest = folder.resolve("rest");
    assertPictures(KERAS, "--augment=course-keras", "--checkpoint", state.toString());
    assertPictures(KERAS, "--epochs", "2", "--resume", state.toString(), "--save", rest.toString());
    assertPictures(KERAS, "--augment=course-keras", "--epochs", "2", "--save", whole.toString());
    assertArrayEquals(weights(whole), weights(rest));
    assertRefused(
        "that run had the augmentation " + KERAS + ", not the augmentation " + COURSE,
        "--epochs",
        "2",
        "--resume",
        state.toString(),
        "--augment");
  }

  private static float[] weights(Path file) {
    return Model.load(file).parameters();
  }

  @Test
  void showWritesAPictureOfWhatIsSeen() throws Exception {
    String[] command = {
      "data",
      "show",
      "digits",
      "--limit",
      "40",
      "--count",
      "35",
      "--augment",
      "--out",
      folder.toString()
    };
    Shell shell = Shell.run(command);
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(
        shell.out().contains("as a network sees them in training: " + COURSE), shell::toString);
    assertTrue(
        shell.out().contains("the first 4 images, each with 9 as they are seen"), shell::toString);
    Path picture = folder.resolve("digits-augmented.png");
    var image = ImageIO.read(picture.toFile());
    assertTrue(image.getWidth() > 10 * 56 && image.getHeight() < 5 * 80, image::toString);
    byte[] first = Files.readAllBytes(picture);
    Shell.run(command);
    assertArrayEquals(first, Files.readAllBytes(picture));
    List<String> other = new ArrayList<>(List.of(command));
    other.addAll(List.of("--seed", "2"));
    Shell.run(other.toArray(String[]::new));
    assertFalse(Arrays.equals(first, Files.readAllBytes(picture)));
  }
}
