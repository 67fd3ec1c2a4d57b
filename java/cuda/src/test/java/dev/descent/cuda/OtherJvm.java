package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a class of the tests in a JVM of its own, with another environment: drivers and natives are looked
/// for once in a JVM.
final class OtherJvm {
  private OtherJvm() {}

  /// What it said on both streams.
  ///
  /// @param folder for its output
  static String run(Path folder, Class<?> main, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = folder.resolve("said");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    var builder =
        new ProcessBuilder(
            List.of(
                java.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the other JVM hangs: " + Files.readString(out));
    }
    String said = Files.readString(out);
    assertTrue(process.exitValue() == 0, said);
    return said;
  }
}
