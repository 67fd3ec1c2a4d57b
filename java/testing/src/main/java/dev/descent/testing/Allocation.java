package dev.descent.testing;

import java.lang.reflect.Method;
import java.util.Locale;

/// Measures the memory that a thread allocates on the heap, freed or not. By reflection, as the
/// engine does not require the module of this management interface.
public final class Allocation {
  private Allocation() {}

  /// What is measured.
  @FunctionalInterface
  public interface Work {
    /// Does the work once.
    ///
    /// @throws Exception if it fails, which fails the test
    void run() throws Exception;
  }

  /// {@return the bytes that a thread has allocated so far}
  ///
  /// @param thread that is measured
  public static long by(Thread thread) {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      Method allocated =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getThreadAllocatedBytes", long.class);
      return (long) allocated.invoke(threads, thread.threadId());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this Java does not count allocated bytes", e);
    }
  }

  /// Fails if this thread allocates more than `bytes` for the work.
  ///
  /// @param bytes the most that may be allocated
  /// @param what for the message
  /// @param work is run on the calling thread
  public static void assertAtMost(long bytes, String what, Work work) {
    long before = by(Thread.currentThread());
    try {
      work.run();
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
    long allocated = by(Thread.currentThread()) - before;
    if (allocated > bytes) {
      throw new AssertionError(
          String.format(Locale.ROOT, "%s: %,d bytes allocated, over %,d", what, allocated, bytes));
    }
  }
}
