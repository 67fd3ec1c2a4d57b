package dev.descent.backend;

import java.lang.foreign.MemorySegment;

/// An [Inference] whose runs follow one another, for a device that does one thing at a time.
final class QueuedInference implements Inference {
  private static final int[] SIZES = {1, 8, 64, 256};

  private final Backend backend;
  private final Forward forward;
  private final Executable executable;
  private boolean closed;

  QueuedInference(Backend backend, Forward.Source source, float[] parameters) {
    this(backend, source.of(SIZES), parameters);
  }

  private QueuedInference(Backend backend, Forward forward, float[] parameters) {
    this.backend = backend;
    this.forward = forward;
    this.executable = backend.compile(forward.program());
    executable.write(forward.parameters(), MemorySegment.ofArray(parameters));
  }

  @Override
  public synchronized void run(
      float[] samples, int samples0, int rows, float[] outputs, int outputs0) {
    if (closed) {
      throw new IllegalStateException("these parameters are no longer in use");
    }
    MemorySegment source = MemorySegment.ofArray(samples);
    MemorySegment target = MemorySegment.ofArray(outputs);
    long sampleBytes = forward.samples().columns() * Float.BYTES;
    long outputBytes = forward.outputs().columns() * Float.BYTES;
    for (int done = 0; done < rows; ) {
      int size = Forward.next(SIZES, rows - done);
      int count = Math.min(size, rows - done);
      executable.write(
          forward.samples().firstRows(count),
          source.asSlice((long) samples0 * Float.BYTES + done * sampleBytes, count * sampleBytes));
      executable.run(Forward.step(size), 1);
      executable.read(
          forward.outputs().firstRows(count),
          target.asSlice((long) outputs0 * Float.BYTES + done * outputBytes, count * outputBytes));
      done += count;
    }
  }

  @Override
  public Inference with(float[] parameters) {
    return new QueuedInference(backend, forward, parameters);
  }

  @Override
  public synchronized void close() {
    closed = true;
    executable.close();
  }
}
