package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.team.WorkerTeam;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of a program: its stages, run by a team in one parallel region for any number of
/// repetitions.
public final class CompiledStep implements WorkerTeam.Task {
  private final WorkerTeam team;
  private final Stage[] stages;
  private final boolean[] barriers;

  /// What is done at a stage's barrier instead of after it.
  private final @Nullable Runnable[] atBarrier;

  private int times;

  public CompiledStep(WorkerTeam team, Schedule schedule) {
    this.team = team;
    List<Schedule.Entry> entries = schedule.entries();
    this.stages = entries.stream().map(Schedule.Entry::stage).toArray(Stage[]::new);
    this.barriers = new boolean[stages.length];
    for (int i = 0; i < stages.length; i++) {
      barriers[i] = entries.get(i).barrier();
    }
    this.atBarrier = new Runnable[stages.length];
    for (int i = 0; i < stages.length; i++) {
      Stage stage = stages[i];
      if (stage.isBrief() && barriers[i] && isFollowedByBarrier(i)) {
        atBarrier[i] = () -> stage.run(0, team.workers());
      }
    }
  }

  /// After the last stage comes the next repetition's first, or the end.
  private boolean isFollowedByBarrier(int stage) {
    return stage == stages.length - 1 || barriers[stage + 1];
  }

  private boolean needsBarrier(int stage) {
    return barriers[stage] && (stage == 0 || atBarrier[stage - 1] == null);
  }

  /// Runs the step so often and returns when all is written.
  public void run(int repetitions) {
    times = repetitions;
    team.run(this);
  }

  /// Runs the step once, unless the team works for another thread.
  ///
  /// @return whether it was run
  public boolean tryRun() {
    times = 1;
    return team.tryRun(this);
  }

  @Override
  public void work(int worker) {
    int workers = team.workers();
    int repetitions = times;
    for (int repetition = 0; repetition < repetitions; repetition++) {
      if (repetition > 0 && atBarrier[stages.length - 1] == null) {
        team.barrier();
      }
      boolean last = repetition == repetitions - 1;
      for (int i = 0; i < stages.length; i++) {
        Runnable brief = atBarrier[i];
        if (brief != null) {
          team.barrier(brief);
          continue;
        }
        if (needsBarrier(i)) {
          team.barrier();
        }
        if (last) {
          stages[i].run(worker, workers);
        } else {
          stages[i].runAmidRepetitions(worker, workers);
        }
      }
    }
  }

  public List<String> explain() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < stages.length; i++) {
      String mark = barriers[i] ? "| " : "  ";
      for (String line : stages[i].explain()) {
        lines.add(mark + line);
        mark = "  ";
      }
    }
    return lines;
  }
}
