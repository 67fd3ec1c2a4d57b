package dev.descent.internal.cpu.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.cpu.team.WorkerTeam;
import dev.descent.program.DType;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleStageTest {
  @Test
  void groupsCoverTheSamplesAndFineOnesLieWithinOthers() {
    for (int samples = 1; samples < 300; samples++) {
      SampleGroups large = SampleGroups.of(samples);
      SampleGroups fine = SampleGroups.fine(samples);
      assertEquals(0, large.start(0));
      assertEquals(samples, large.start(large.count()));
      for (SampleGroups groups : List.of(large, fine)) {
        for (int group = 0; group < groups.count(); group++) {
          assertTrue(groups.start(group) < groups.start(group + 1), groups + ", empty " + group);
          for (int i = groups.start(group); i < groups.start(group + 1); i++) {
            assertEquals(group, groups.groupOf(i), groups.toString());
          }
        }
      }
      int parts = fine.count() / large.count();
      for (int group = 0; group <= large.count(); group++) {
        assertEquals(large.start(group), fine.start(group * parts), "of " + samples);
      }
    }
  }

  /// Notes how far each sample has come, and who works on each group.
  private static final class Noted implements SampleWork {
    private final int number;
    private final AtomicIntegerArray done;
    private final @Nullable SampleGroups groups;
    private final int[] owner;
    private final int[] next;

    Noted(int number, AtomicIntegerArray done, @Nullable SampleGroups groups) {
      this.number = number;
      this.done = done;
      this.groups = groups;
      this.owner = new int[done.length()];
      this.next = new int[done.length()];
      Arrays.fill(owner, -1);
    }

    @Override
    public void run(int worker, int from, int to) {
      for (int i = from; i < to; i++) {
        assertEquals(number, done.getAndIncrement(i), "works done to sample " + i);
        if (groups != null) {
          int group = groups.groupOf(i);
          assertTrue(owner[group] < 0 || owner[group] == worker, "two workers at " + group);
          owner[group] = worker;
          assertEquals(groups.start(group) + next[group]++, i, "order in group " + group);
        }
      }
    }

    @Override
    public @Nullable SampleGroups sums() {
      return groups;
    }

    @Override
    public String describe() {
      return "work " + number;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void eachSampleGoesThroughAllWorkInItsOrder(int workers) {
    try (var team = new WorkerTeam(workers)) {
      Inputs.check(100, random -> passThrough(team, random));
    }
  }

  private static void passThrough(WorkerTeam team, Inputs random) {
    int samples = 1 + random.nextInt(200);
    var done = new AtomicIntegerArray(samples);
    var stage = new SampleStage(samples, team.workers());
    List<Noted> works =
        List.of(
            new Noted(0, done, null),
            new Noted(1, done, SampleGroups.fine(samples)),
            new Noted(2, done, SampleGroups.of(samples)),
            new Noted(3, done, SampleGroups.fine(samples)));
    int count = 1 + random.nextInt(works.size());
    works.subList(0, count).forEach(work -> stage.add(work, 1 + random.nextInt(10_000)));
    team.run(worker -> stage.run(worker, team.workers()));
    int[] all = new int[samples];
    Arrays.setAll(all, done::get);
    int[] expected = new int[samples];
    Arrays.fill(expected, count);
    assertArrayEquals(expected, all);
  }

  private final Program.Builder program = Program.builder();
  private final Tensor x = matrix("x");
  private final Tensor y = matrix("y");
  private final Tensor z = matrix("z");

  private Tensor matrix(String name) {
    return program.buffer(name, Role.DATA, DType.F32, 12).asMatrix(4, 3);
  }

  private static Stage stage(String name) {
    return new Stage() {
      @Override
      public void run(int worker, int workers) {}

      @Override
      public String describe() {
        return name;
      }
    };
  }

  private static SampleWork work(String name) {
    return new SampleWork() {
      @Override
      public void run(int worker, int from, int to) {}

      @Override
      public String describe() {
        return name;
      }
    };
  }

  private static List<String> lines(Schedule schedule) {
    return schedule.entries().stream()
        .map(e -> (e.barrier() ? "| " : "  ") + String.join(", ", e.stage().explain()))
        .toList();
  }

  private static Access access(Tensor from, Tensor to) {
    return new Access(List.of(from), List.of(to));
  }

  @Test
  void workOnTheSameSamplesIsOneStageUntilSomethingNeedsABarrier() {
    Schedule schedule = new Schedule();
    SampleGroups groups = SampleGroups.fine(4);
    schedule.add(work("a"), groups, 2, access(x, y).bySamples(x, y));
    schedule.add(work("b"), groups, 2, access(y, x).bySamples(x, y));
    schedule.add(stage("whole"), access(x, z));
    schedule.add(work("c"), groups, 2, access(y, x).bySamples(x, y));
    schedule.add(work("d"), SampleGroups.fine(2), 2, access(x, y).bySamples(x, y));
    assertEquals(
        List.of(
            "  by samples, depth first, 2 operations,   a,   b",
            "| whole",
            "| c: by samples",
            "| d: by samples"),
        lines(schedule));
  }

  @Test
  void whatDependsOnNothingGoesAheadAndElseWaits() {
    Schedule schedule = new Schedule();
    schedule.add(stage("first"), access(x, y));
    schedule.addAhead(stage("packs z"), new Access(List.of(z), List.of()));
    schedule.add(stage("takes it"), new Access(List.of(), List.of()));
    schedule.addAhead(stage("packs y"), new Access(List.of(y), List.of()));
    schedule.add(stage("takes that"), new Access(List.of(), List.of()));
    schedule.addAhead(stage("packs z again"), new Access(List.of(z), List.of()));
    schedule.add(stage("end"), new Access(List.of(), List.of()));
    assertEquals(
        List.of(
            "  packs z again",
            "  packs z",
            "  first",
            "| takes it",
            "  packs y",
            "| takes that",
            "  end"),
        lines(schedule));
  }
}
