package dev.descent.cli.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.IVersionProvider;

/// The version of this program and of what it runs on.
public final class Version implements IVersionProvider {
  private static final String RESOURCE = "version.txt";

  @Override
  public String[] getVersion() {
    return new String[] {
      "descent %s (Java %s, %s %s)"
          .formatted(
              descent(), java(), System.getProperty("os.name"), System.getProperty("os.arch"))
    };
  }

  /// This program's version.
  public static String descent() {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException _) {
      return "unknown";
    }
  }

  public static String java() {
    return Runtime.version().toString();
  }
}
