package dev.descent.internal.cpu.step;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The stages of a step in order, with barriers where they are needed: before a stage that reads
/// what a stage since the last barrier writes, or writes what such a stage reads or writes.
public final class Schedule {
  /// A stage in its place.
  ///
  /// @param barrier whether all workers must have finished the stages before
  record Entry(Stage stage, boolean barrier) {}

  private record Waiting(Stage stage, Access access) {}

  private final List<Entry> entries = new ArrayList<>();
  private final List<Access> sinceBarrier = new ArrayList<>();
  private final List<Access> all = new ArrayList<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private @Nullable SampleStage samples;
  private boolean barrierPending;

  /// Appends a stage.
  void add(Stage stage, Access access) {
    separate(access);
    append(stage, access);
  }

  /// Appends work on samples: to the stage of such since the last barrier, or to a new one.
  ///
  /// @param workers of the team
  void add(SampleWork work, SampleGroups groups, int workers, Access access) {
    if (samples != null && samples.samples() != groups.samples()) {
      barrier();
    }
    separate(access);
    if (samples == null) {
      samples = new SampleStage(groups.samples(), workers);
      append(samples, access);
    } else {
      sinceBarrier.add(access);
      all.add(access);
    }
    samples.add(work, access.bySamples().stream().mapToInt(groups::elements).max().orElse(1));
  }

  /// Puts barriers where something can't run beside the stages so far.
  private void separate(Access access) {
    if (conflicts(access) || waiting.stream().anyMatch(w -> w.access.conflicts(access))) {
      barrier();
      if (conflicts(access)) {
        barrier();
      }
    }
  }

  /// Appends a stage that all after it may depend on, or puts it at the step's start where nothing
  /// before touches what it reads and writes: so it seldom costs a barrier of its own.
  void addAhead(Stage stage, Access access) {
    boolean depends =
        Stream.concat(all.stream(), waiting.stream().map(Waiting::access))
            .anyMatch(access::conflicts);
    if (depends) {
      add(stage, access);
      barrier();
      return;
    }
    entries.addFirst(new Entry(stage, false));
    all.add(access);
    if (entries.stream().noneMatch(Entry::barrier)) {
      barrier();
    }
  }

  /// Puts a barrier before whatever comes next.
  void require() {
    barrier();
  }

  /// Appends a stage after the next barrier, wherever that comes to stand, at the latest before a
  /// stage that depends on it. So it costs no barrier of its own.
  void addAfterBarrier(Stage stage, Access access) {
    waiting.add(new Waiting(stage, access));
  }

  /// The stages. None may be added afterwards.
  List<Entry> entries() {
    if (!waiting.isEmpty()) {
      barrier();
    }
    return List.copyOf(entries);
  }

  /// Whether a stage would need a barrier before it.
  boolean conflicts(Access access) {
    return sinceBarrier.stream().anyMatch(access::conflicts);
  }

  private void barrier() {
    sinceBarrier.clear();
    samples = null;
    barrierPending = true;
    List<Waiting> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(w -> append(w.stage, w.access));
  }

  private void append(Stage stage, Access access) {
    entries.add(new Entry(stage, barrierPending));
    barrierPending = false;
    sinceBarrier.add(access);
    all.add(access);
  }
}
