package dev.descent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.lwjgl.system.JNI;

/// The process's handlers of the signals that ask a program to end or to report, as they are when
/// this is made; [#close] restores them.
///
/// Drivers that contain LLVM replace them while they list their devices, also where a signal was
/// ignored (`nohup`, background jobs of a shell): without this a program would end at a signal that
/// it was told to ignore.
final class SignalHandlers implements AutoCloseable {
  /// SIGHUP, SIGINT, SIGQUIT and SIGTERM, whose numbers POSIX states.
  private static final List<Integer> SIGNALS = List.of(1, 2, 3, 15);

  /// More than `struct sigaction` has on any system.
  private static final int ACTION_BYTES = 512;

  private final Arena arena = Arena.ofConfined();
  private final long sigaction;
  private final List<MemorySegment> actions;

  SignalHandlers() {
    sigaction =
        Linker.nativeLinker()
            .defaultLookup()
            .find("sigaction")
            .map(MemorySegment::address)
            .orElse(0L);
    actions = SIGNALS.stream().map(signal -> arena.allocate(ACTION_BYTES, Long.BYTES)).toList();
    IntStream.range(0, actions.size()).forEach(i -> call(i, 0, actions.get(i).address()));
  }

  @Override
  public void close() {
    IntStream.range(0, actions.size()).forEach(i -> call(i, actions.get(i).address(), 0));
    arena.close();
  }

  /// Calls `sigaction`, where the system has it.
  private void call(int i, long action, long old) {
    if (sigaction != 0) {
      JNI.invokePPI(SIGNALS.get(i), action, old, sigaction);
    }
  }
}
