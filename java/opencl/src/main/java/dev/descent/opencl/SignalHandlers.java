package dev.descent.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.lwjgl.system.JNI;

/// The process's signal handlers as they are when this is made; [#close] restores them.
///
/// Drivers that contain LLVM replace them while they list their devices. Then a program would end at
/// a signal that it was told to ignore (`nohup`, background jobs of a shell). And the JVM relies on
/// SIGSEGV and SIGFPE, for safepoints, null and division by zero: LLVM's handler deletes the files
/// that a compilation on another thread is writing, which fails, and PoCL's leaves out the division.
/// LLVM doesn't replace the handlers again unless its own are called.
final class SignalHandlers implements AutoCloseable {
  /// All but those for real time. Of the few that can't be handled the system changes nothing.
  private static final List<Integer> SIGNALS = IntStream.range(1, 32).boxed().toList();

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
