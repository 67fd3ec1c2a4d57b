package dev.descent.internal.format;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A file that exists until it is moved into place, and the removal of those that processes left
/// behind when they were killed.
///
/// Its name holds the system, the process and the start of the process that writes it:
/// `.descent-SYSTEM-PID-START-N.tmp`. A process number means something on one system only, so files
/// of other systems, which share the folder, are left alone, and so are those of other users, of
/// running processes and of systems that can't be told apart.
public final class TemporaryFile {
  private static final Pattern NAME =
      Pattern.compile("\\.descent-([0-9a-f]{8})-(\\d{1,18})-(\\d{1,19})-\\d{1,19}\\.tmp");

  /// The field of `/proc/PID/stat` after the program's name that holds the start, in ticks since
  /// the system's start (proc_pid_stat(5), field 22).
  private static final int START_FIELD = 19;

  private static final String UNKNOWN = "0";
  private static final String ENDED = "ended";
  private static final AtomicLong COUNTER = new AtomicLong();

  private TemporaryFile() {}

  /// This process, found out when the first file is written.
  private static final class Self {
    static final @Nullable String SYSTEM = system();
    static final long PID = ProcessHandle.current().pid();
    static final String START = start(PID);
  }

  /// Creates an empty file beside another, so that moving it there is one step, and removes what
  /// dead processes have left in that folder.
  ///
  /// @return a name that no other write uses, and short: a suffix could make a long name too long
  /// @throws IOException if it can't be created
  public static Path beside(Path file) throws IOException {
    String system = Self.SYSTEM == null ? "00000000" : Self.SYSTEM;
    Path temporary =
        file.resolveSibling(
            ".descent-%s-%s-%s-%s.tmp"
                .formatted(
                    system,
                    Long.toString(Self.PID),
                    Self.START,
                    Long.toString(COUNTER.incrementAndGet())));
    Files.createFile(temporary);
    if (Self.SYSTEM != null) {
      removeLeftOvers(temporary);
    }
    return temporary;
  }

  private static void removeLeftOvers(Path own) {
    Path folder = own.toAbsolutePath().getParent();
    if (folder == null) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".descent-*.tmp")) {
      for (Path file : files) {
        if (isLeftOver(file, own)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | RuntimeException _) {
      // The next write tries again; this one goes on.
    }
  }

  private static boolean isLeftOver(Path file, Path own) throws IOException {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    return name.matches()
        && name.group(1).equals(Self.SYSTEM)
        && !isRunning(Long.parseLong(name.group(2)), name.group(3))
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(own));
  }

  /// Whether the process of that number is the one that started then. What is not known counts as
  /// running.
  private static boolean isRunning(long pid, String start) {
    String found = start(pid);
    return ProcessHandle.of(pid).isPresent()
        && (found.equals(start) || found.equals(UNKNOWN) || start.equals(UNKNOWN));
  }

  /// When a process started, as digits that stay the same as long as it runs, also when the clock
  /// is set; [#UNKNOWN], or [#ENDED] if only its parent has yet to notice.
  private static String start(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // The program's name may hold blanks and brackets.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return fields[0].equals("Z") ? ENDED : fields[START_FIELD];
    } catch (IOException | RuntimeException _) {
      return ProcessHandle.of(pid)
          .flatMap(process -> process.info().startInstant())
          .map(Instant::toEpochMilli)
          .map(milliseconds -> Long.toString(milliseconds))
          .orElse(UNKNOWN);
    }
  }

  /// Eight hexadecimal digits for the system in which process numbers are counted: on Linux the
  /// host and its process namespace, of which each container has its own; null where it has no
  /// name.
  private static @Nullable String system() {
    try {
      String host = Files.readString(Path.of("/proc/sys/kernel/hostname"));
      return hash(host + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));
    } catch (IOException | RuntimeException _) {
      String host = System.getenv("COMPUTERNAME");
      return host == null || host.isBlank() ? null : hash(host);
    }
  }

  private static String hash(String text) {
    return String.format(Locale.ROOT, "%08x", text.hashCode());
  }
}
