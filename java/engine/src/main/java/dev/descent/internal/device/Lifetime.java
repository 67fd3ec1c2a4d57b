package dev.descent.internal.device;

import dev.descent.internal.event.Events;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The life of an opened device. Calls that use it run one at a time, and what it owns is freed
/// only while none is running: a thread that closes waits for the call of another thread, whose
/// next call fails. So memory is never freed under a kernel, whichever threads are involved.
///
/// Entering and leaving allocate nothing.
public final class Lifetime {
  private final String backend;

  /// Fair: between the calls of a thread that trains, others get their turn.
  private final ReentrantLock lock = new ReentrantLock(true);

  /// The open executables, and the bytes that each holds.
  private final Map<DeviceExecutable<?>, Long> executables = new LinkedHashMap<>();

  private volatile boolean closed;
  private volatile @Nullable String lost;
  private boolean released;

  /// @param backend its name, for messages
  public Lifetime(String backend) {
    this.backend = backend;
  }

  /// The backend's name.
  public String backend() {
    return backend;
  }

  /// Begins a call that uses the device; the same thread ends it with [#exit].
  ///
  /// @throws IllegalStateException if the device is closed or lost; then no call has begun
  public void enter() {
    requireUsable();
    lock.lock();
    boolean usable = false;
    try {
      requireUsable();
      usable = true;
    } finally {
      if (!usable) {
        lock.unlock();
      }
    }
  }

  /// Ends a call.
  public void exit() {
    lock.unlock();
  }

  /// Fails where the device is closed or lost.
  ///
  /// @throws IllegalStateException naming the backend
  public void requireUsable() {
    if (closed) {
      throw new IllegalStateException("the " + backend + " backend is closed");
    }
    if (lost != null) {
      throw new IllegalStateException("the " + backend + " backend can only be closed: " + lost);
    }
  }

  /// Notes that the device failed for good: it can only be closed from now on.
  ///
  /// @param message what happened
  public void lose(String message) {
    lost = message;
  }

  /// How many executables are open.
  int executables() {
    lock.lock();
    try {
      return executables.size();
    } finally {
      lock.unlock();
    }
  }

  private void noteMemory() {
    long bytes = executables.values().stream().mapToLong(Long::longValue).sum();
    Events.deviceMemory(backend, executables.size(), bytes);
  }

  /// Has an executable closed with the device.
  void adopt(DeviceExecutable<?> executable) {
    executables.put(executable, executable.memoryBytes());
    noteMemory();
  }

  /// Frees what belongs to an executable once no call runs, and forgets it.
  void release(DeviceExecutable<?> executable) {
    lock.lock();
    try {
      boolean known = executables.remove(executable) != null;
      executable.releaseOnce();
      if (known) {
        noteMemory();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Refuses further calls, waits for the one that runs, and frees all executables, then the
  /// device. Idempotent.
  ///
  /// @param release frees the device
  public void close(Runnable release) {
    closed = true;
    lock.lock();
    try {
      if (!released) {
        released = true;
        List.copyOf(executables.keySet()).forEach(DeviceExecutable::close);
        release.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
