package dev.descent.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is logged, by a JVM of its own with a logger finder of its own.
final class NoticesTest {
  /// Prints each message with its level and the name of its logger.
  public static final class Finder extends System.LoggerFinder {
    @Override
    public System.Logger getLogger(String name, Module module) {
      return new System.Logger() {
        @Override
        public String getName() {
          return name;
        }

        @Override
        public boolean isLoggable(Level level) {
          return level.getSeverity() >= Level.INFO.getSeverity();
        }

        @Override
        public void log(
            Level level, java.util.ResourceBundle bundle, String message, Throwable thrown) {}

        @Override
        public void log(
            Level level, java.util.ResourceBundle bundle, String format, Object... params) {
          Said.line(level + " " + name + ": " + format);
        }
      };
    }
  }

  /// A program that opens engines.
  public static final class Said {
    private static final List<String> LINES = new ArrayList<>();

    static void line(String line) {
      LINES.add(line);
    }

    public static void main(String[] args) throws IOException {
      for (int i = 0; i < 3; i++) {
        dev.descent.Engine.open(args[0], 1).close();
      }
      Files.write(Path.of(args[1]), LINES);
    }
  }

  private static List<String> run(Path folder, String backend, String... options)
      throws IOException, InterruptedException {
    Path services = Files.createDirectories(folder.resolve("finder/META-INF/services"));
    Files.writeString(services.resolve("java.lang.System$LoggerFinder"), Finder.class.getName());
    Path said = folder.resolve("said");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(
        String.join(
            java.io.File.pathSeparator,
            folder.resolve("finder").toString(),
            place(Said.class),
            place(dev.descent.Engine.class),
            place(Inputs.class)));
    command.addAll(List.of(Said.class.getName(), backend, said.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> read(folder.resolve("out")));
    return Files.readAllLines(said);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String place(Class<?> type) {
    return Path.of(
            java.net.URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  @Test
  void plainLoopsAreToldOnceWithTheWayToMendThem(@TempDir Path folder) throws Exception {
    List<String> lines = run(folder, "cpu");
    assertEquals(
        List.of(
            "WARNING dev.descent: the cpu backend computes in plain loops: start java with"
                + " --add-modules jdk.incubator.vector for the fast kernels"),
        lines);
  }

  @Test
  void whatIsAsFastAsItCanBeSaysNothing(@TempDir Path folder) throws Exception {
    List<String> lines = run(folder, "cpu", "--add-modules", "jdk.incubator.vector");
    // A processor without vectors is told of, whatever the options.
    assertTrue(lines.stream().noneMatch(l -> l.contains("--add-modules")), lines::toString);
  }
}
