package dev.descent.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a write removes of those before it, with names of processes that run, have ended, or are
/// others than those that wrote.
@Timeout(60)
class TemporaryFileTest {
  private final Path folder;
  private final String system;
  private final String pid;
  private final String start;

  TemporaryFileTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Path own = TemporaryFile.beside(folder.resolve("a"));
    String[] parts = String.valueOf(own.getFileName()).split("[-.]", -1);
    assertEquals(7, parts.length, own.toString());
    this.system = parts[2];
    this.pid = parts[3];
    this.start = parts[4];
    Files.delete(own);
    assumeTrue(!system.equals("00000000"), "this system has no name");
  }

  private static long ended() throws IOException {
    Process process =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-?")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.onExit().join();
    return process.pid();
  }

  private String leave(Object ofSystem, Object ofPid, Object ofStart) throws IOException {
    String name = ".descent-%s-%s-%s-1000000.tmp".formatted(ofSystem, ofPid, ofStart);
    Files.writeString(folder.resolve(name), "half");
    return name;
  }

  private List<String> afterAWrite() throws IOException {
    AtomicFile.writeText(folder.resolve("file"), "whole");
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> String.valueOf(f.getFileName())).sorted().toList();
    }
  }

  @Test
  void thoseOfEndedProcessesAreRemoved() throws IOException {
    leave(system, ended(), "12345");
    leave(system, ended(), "0");
    assertEquals(List.of("file"), afterAWrite());
  }

  @Test
  void aProcessWithTheNumberOfAnEndedOneKeepsNothing() throws IOException {
    leave(system, pid, start + "1");
    assertEquals(List.of("file"), afterAWrite());
  }

  @Test
  void thoseOfRunningProcessesStay() throws IOException {
    List<String> kept = List.of(leave(system, pid, start), leave(system, pid, "0"), "file");
    assertEquals(kept.stream().sorted().toList(), afterAWrite());
  }

  @Test
  void thoseOfOtherSystemsStay() throws IOException {
    String other = system.equals("0123abcd") ? "0123abce" : "0123abcd";
    assertEquals(List.of(leave(other, ended(), "12345"), "file"), afterAWrite());
  }

  @Test
  void whatIsNoTemporaryFileOfOursStays() throws IOException {
    long ended = ended();
    Path name = folder.resolve(".descent-%s-%s-12345-1.tmp".formatted(system, ended));
    Files.createDirectory(name);
    Files.createDirectory(folder.resolve("elsewhere"));
    Path precious = Files.writeString(folder.resolve("elsewhere/precious"), "mine");
    Path link = folder.resolve(".descent-%s-%s-12345-2.tmp".formatted(system, ended));
    Files.createSymbolicLink(link, precious);
    Files.writeString(folder.resolve(".descent-notes.tmp"), "mine");
    Files.writeString(folder.resolve(".descent-%s-%s-1-2.tmp.old".formatted(system, ended)), "");
    assertEquals(6, afterAWrite().size());
    assertEquals("mine", Files.readString(precious));
  }

  @Test
  void askingWhetherAFileCanBeWrittenRemovesThemToo() throws IOException {
    Path left = folder.resolve(leave(system, ended(), "12345"));
    AtomicFile.requireWritable(folder.resolve("file"));
    assertTrue(Files.notExists(left));
  }
}
