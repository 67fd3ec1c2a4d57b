package dev.descent.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A class of the tests that runs in a JVM of its own, with another environment: drivers and native
/// libraries are looked for once in a JVM. It has the compilers that this JVM has. One that hangs is
/// ended, and the test fails.
public final class OtherJvm {
  private static final String READY = "ready";
  private static final String COMPILERS = "-XX:TieredStopAtLevel=";
  private static final int MAX_SECONDS = 120;

  private final Process process;

  private OtherJvm(Process process) {
    this.process = process;
  }

  /// Starts a JVM.
  ///
  /// @param main a class with a main method
  /// @param environment added to this JVM's
  /// @param arguments of the main method
  /// @return the JVM, which runs
  /// @throws IOException if the JVM does not start or its output can't be read
  public static OtherJvm start(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseSerialGC");
    ProcessHandle.current().info().arguments().stream()
        .flatMap(Arrays::stream)
        .filter(argument -> argument.startsWith(COMPILERS))
        .forEach(command::add);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    CompletableFuture.delayedExecutor(MAX_SECONDS, TimeUnit.SECONDS)
        .execute(process::destroyForcibly);
    return new OtherJvm(process);
  }

  /// Runs a class to its end.
  ///
  /// @param main a class with a main method
  /// @param environment added to this JVM's
  /// @param arguments of the main method
  /// @return what it said on both streams
  /// @throws IOException if the JVM does not start or its output can't be read
  /// @throws InterruptedException if this thread is interrupted while it waits
  public static String run(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return start(main, environment, arguments).said();
  }

  /// Called within the other JVM: waits until all that were started together have come so far.
  ///
  /// @param in its standard input
  /// @param out its standard output
  /// @throws IOException if the JVM does not start or its output can't be read
  public static void awaitOthers(InputStream in, PrintStream out) throws IOException {
    out.println(READY);
    out.flush();
    in.read();
  }

  /// Starts a class several times, and lets all go on at the same moment.
  ///
  /// @param count how many run at the same time
  /// @param main calls [#awaitOthers] before anything else
  /// @param environment added to this JVM's
  /// @param arguments of the main method
  /// @return what each said after that
  /// @throws IOException if the JVM does not start or its output can't be read
  /// @throws InterruptedException if this thread is interrupted while it waits
  public static List<String> runTogether(
      int count, Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<OtherJvm> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(start(main, environment, arguments));
    }
    for (OtherJvm one : all) {
      assertEquals(READY, one.line());
    }
    for (OtherJvm one : all) {
      one.process.getOutputStream().write('\n');
      one.process.getOutputStream().flush();
    }
    List<String> said = new ArrayList<>();
    for (OtherJvm one : all) {
      said.add(one.said());
    }
    return said;
  }

  /// What it says next; nothing of what comes after is taken.
  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = process.getInputStream().read(); c >= 0 && c != '\n'; ) {
      line.append((char) c);
      c = process.getInputStream().read();
    }
    return line.toString();
  }

  /// Waits for its end, which must be a good one.
  ///
  /// @return what it said on both streams, from here on
  /// @throws IOException if the JVM does not start or its output can't be read
  /// @throws InterruptedException if this thread is interrupted while it waits
  public String said() throws IOException, InterruptedException {
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
