package dev.descent.internal.cpu.step;

/// A step whose stages the calling thread runs alone.
public final class LoneStep {
  private final Stage[] stages;

  public LoneStep(Schedule schedule) {
    this.stages = schedule.entries().stream().map(Schedule.Entry::stage).toArray(Stage[]::new);
  }

  /// Runs the step once. Allocates nothing.
  public void run() {
    for (Stage stage : stages) {
      stage.run(0, 1);
    }
  }
}
