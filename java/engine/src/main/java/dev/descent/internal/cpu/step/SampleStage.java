package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.team.WorkQueue;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// All that is done sample by sample between two barriers, depth first: a few samples go through
/// all of it before the next ones do. Workers claim groups of samples.
final class SampleStage implements Stage {
  /// Elements of a sample's largest tensor that are worked on at a time: a part of any recent
  /// second-level cache.
  private static final int BLOCK = 16_384;

  private final int workers;
  private SampleWork[] works = {};
  private SampleGroups units;
  private WorkQueue claims;
  private int largest;

  /// @param workers of the team
  SampleStage(int samples, int workers) {
    this.workers = workers;
    this.units = SampleGroups.fine(samples);
    this.claims = new WorkQueue(units.count(), workers);
  }

  /// The samples of the batch.
  int samples() {
    return units.samples();
  }

  /// Adds work, behind what is there.
  ///
  /// @param elements of a sample in the largest tensor that it touches
  void add(SampleWork work, int elements) {
    works = Arrays.copyOf(works, works.length + 1);
    works[works.length - 1] = work;
    largest = Math.max(largest, elements);
    SampleGroups groups = work.sums();
    if (groups != null && groups.count() < units.count()) {
      units = groups;
      claims = new WorkQueue(units.count(), workers);
    }
  }

  @Override
  public void run(int worker, int team) {
    run(worker, false);
  }

  @Override
  public void runAmidRepetitions(int worker, int team) {
    run(worker, true);
  }

  private void run(int worker, boolean amidRepetitions) {
    for (SampleWork work : works) {
      work.begin(worker);
    }
    int block = Math.max(1, BLOCK / largest);
    claims.begin(worker);
    for (int unit = claims.next(worker); unit >= 0; unit = claims.next(worker)) {
      int end = units.start(unit + 1);
      for (int from = units.start(unit); from < end; from += block) {
        int to = Math.min(end, from + block);
        for (SampleWork work : works) {
          if (amidRepetitions) {
            work.runAmidRepetitions(worker, from, to);
          } else {
            work.run(worker, from, to);
          }
        }
      }
    }
  }

  @Override
  public String describe() {
    return works.length == 1
        ? works[0].describe() + ": by samples"
        : "by samples, depth first, " + works.length + " operations";
  }

  @Override
  public List<String> explain() {
    return works.length == 1
        ? List.of(describe())
        : Stream.concat(
                Stream.of(describe()), Arrays.stream(works).map(work -> "  " + work.describe()))
            .toList();
  }
}
