package dev.descent.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A product that takes part, and which way of using it. Each lies in a folder of its own, with a
/// class path of its own.
///
/// @param name its folder and package
/// @param variant a backend of Descent, `BACKEND` or `BACKEND+PRECISION`, or another word that the
///     product's side knows; may be empty
public record Product(String name, String variant) {
  private static final Pattern FORM = Pattern.compile("([a-z0-9]+)(?::([a-z0-9:+-]+))?");

  /// Reads `NAME` or `NAME:VARIANT`.
  ///
  /// @throws IllegalArgumentException if it is neither
  static Product parse(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + " is no side; write NAME or NAME:VARIANT");
    }
    return new Product(matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2));
  }

  /// Starts the side.
  ///
  /// @param peers the folder of all sides
  /// @param mainClass in the side's package
  /// @param logs the folder for what it prints
  SideProcess start(Path peers, String mainClass, List<String> arguments, int threads, Path logs) {
    Path folder = peers.resolve(name).resolve("target");
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("no side " + name + "; its folder would be " + folder);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    // Arrays start on cache lines, as the launcher of Descent has it.
    command.add("-XX:ObjectAlignmentInBytes=64");
    // Natives, and what libraries for older JVMs reach into.
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("--add-opens", "java.base/java.nio=ALL-UNNAMED"));
    command.addAll(List.of("-cp", folder + "/*:" + folder.resolve("lib") + "/*"));
    command.add("dev.descent.peers." + name + "." + mainClass);
    command.addAll(arguments);
    Path log = logs.resolve(toString().replaceAll("[:+]", "-") + ".log");
    return SideProcess.start(toString(), command, folder.resolve("native"), threads, log);
  }

  /// The version of an artifact on a side's class path.
  ///
  /// @param artifact the start of the jar's name
  public static String version(String artifact) {
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      String file = String.valueOf(Path.of(entry).getFileName());
      if (file.matches(Pattern.quote(artifact) + "-\\d[^-]*(-[^-]*\\d)?\\.jar")) {
        return file.substring(artifact.length() + 1, file.length() - ".jar".length());
      }
    }
    return "of unknown version";
  }

  /// As [#parse] reads it.
  @Override
  public String toString() {
    return variant.isEmpty() ? name : name + ":" + variant;
  }
}
