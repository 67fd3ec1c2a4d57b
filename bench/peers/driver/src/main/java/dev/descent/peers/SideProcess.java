package dev.descent.peers;

import dev.descent.DescentException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A side's JVM. It is stopped (SIGSTOP) whenever it has nothing to answer, since threads of some
/// products spin while they wait.
final class SideProcess implements AutoCloseable {
  /// No epoch of any product takes as long.
  private static final long MOST_MINUTES = 30;

  private static final long SECONDS_TO_END = 10;

  /// What the environment may say to a library about threads and kernels, which must be the same
  /// for all: each takes the kernels that it finds best.
  private static final List<String> FOREIGN_SETTINGS =
      List.of("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "GOTO_", "ATEN_", "DNNL_", "ONEDNN_");

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedWriter requests;
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Thread atEnd = new Thread(this::kill);
  private final String description;

  private SideProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    Runtime.getRuntime().addShutdownHook(atEnd);
    Thread.ofPlatform().daemon().start(this::read);
    try {
      description = answer();
      signal("STOP");
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Starts a side and waits until it is ready.
  ///
  /// @param libraries where the side's own libraries for the system to find lie, if it has some
  /// @param log receives what the side and its libraries print
  /// @throws DescentException if it does not come up; the message says why and names the log
  static SideProcess start(
      String name, List<String> command, Path libraries, int threads, Path log) {
    var builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(key -> FOREIGN_SETTINGS.stream().anyMatch(key::startsWith));
    for (String key : List.of("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")) {
      environment.put(key, Integer.toString(threads));
    }
    environment.put("LD_LIBRARY_PATH", libraries.toString());
    // Where MKL writes what it has to say, if it is told to.
    environment.put("MKL_VERBOSE_OUTPUT_FILE", log + ".mkl");
    builder.redirectError(ProcessBuilder.Redirect.to(log.toFile()));
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      return new SideProcess(name, log, builder.start());
    } catch (IOException e) {
      throw new DescentException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  /// The product's version and how it is used.
  String description() {
    return description;
  }

  long pid() {
    return process.pid();
  }

  /// Lets the side run until it has answered.
  ///
  /// @throws DescentException if it fails; the message says why and names the log
  String ask(String request) {
    signal("CONT");
    try {
      requests.write(request + "\n");
      requests.flush();
    } catch (IOException e) {
      // It has ended; its last words say why.
    }
    String answer = answer();
    signal("STOP");
    return answer;
  }

  private String answer() {
    try {
      String line = answers.poll(MOST_MINUTES, TimeUnit.MINUTES);
      if (line != null && line.startsWith(Worker.REPLY)) {
        return line.substring(Worker.REPLY.length());
      }
      String why =
          line == null
              ? "no answer in " + MOST_MINUTES + " minutes"
              : line.substring(Worker.FAILURE.length());
      throw new DescentException("%s failed: %s; its output is in %s".formatted(name, why, log));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DescentException("interrupted while " + name + " worked", e);
    }
  }

  /// Sorts what comes: answers for us, all else for the log.
  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(Worker.REPLY) || line.startsWith(Worker.FAILURE)) {
          answers.add(line);
        } else {
          Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // The pipe broke, which is an end too.
    }
    answers.add(Worker.FAILURE + "it ended");
  }

  private void signal(String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new DescentException("cannot stop and continue " + name + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the side, by force if it does not go by itself.
  @Override
  public void close() {
    try {
      signal("CONT");
      requests.close();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        kill();
      }
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IOException e) {
      kill();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      // The driver is ending: the hook does it.
    }
  }

  private void kill() {
    process.destroyForcibly();
  }
}
