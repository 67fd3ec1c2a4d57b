package dev.descent.cuda;

import java.util.ArrayList;
import java.util.List;

/// Which tasks of a step run beside those that follow them, on a second stream. A weight's
/// gradient, for one, need not hold up the chain of gradients that leads to the layers before.
///
/// A task goes aside where the next one neither reads nor writes what it writes, nor writes what it
/// reads; it comes after all that stands before it. Tasks on the second stream run in order.
/// Whatever touches what they touch waits for them, and so does the end.
///
/// @param aside for each task whether it runs on the second stream
/// @param joins for each task whether the first stream waits for the second one before it
/// @param notes what explanations add to each task
record Schedule(List<Boolean> aside, List<Boolean> joins, List<String> notes) {
  Schedule {
    aside = List.copyOf(aside);
    joins = List.copyOf(joins);
    notes = List.copyOf(notes);
  }

  /// Of a single command.
  static final Schedule ALONE = new Schedule(List.of(false), List.of(false), List.of(""));

  /// The same, the first task's note with a reason why the step is not one launch.
  Schedule noting(String reason) {
    if (reason.isEmpty()) {
      return this;
    }
    List<String> more = new ArrayList<>(notes);
    more.set(0, notes.getFirst() + ", steps not in one launch: " + reason);
    return new Schedule(aside, joins, more);
  }

  /// The same for commands, of which each task has become so many; they run one after the other.
  Schedule ofCommands(List<Integer> counts) {
    List<Boolean> ofAside = new ArrayList<>();
    List<Boolean> ofJoins = new ArrayList<>();
    List<String> ofNotes = new ArrayList<>();
    for (int task = 0; task < counts.size(); task++) {
      for (int i = 0; i < counts.get(task); i++) {
        ofAside.add(aside.get(task));
        ofJoins.add(i == 0 && joins.get(task));
        ofNotes.add(i == 0 ? notes.get(task) : "");
      }
    }
    return new Schedule(ofAside, ofJoins, ofNotes);
  }

  /// A kernel's work.
  ///
  /// @param canGoAside whether it has no memory in common with others but its tensors
  record Task(Part part, boolean canGoAside) {
    /// Whether two tasks must run in their order.
    boolean conflictsWith(Task other) {
      return part.conflictsWith(other.part);
    }
  }

  /// The schedule of tasks that are written down in an order in which they can run.
  static Schedule of(List<Task> tasks) {
    List<Boolean> aside = new ArrayList<>();
    List<Boolean> joins = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    List<Task> pending = new ArrayList<>();
    boolean justWentAside = false;
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      boolean goes =
          task.canGoAside()
              && !justWentAside
              && i + 1 < tasks.size()
              && !task.conflictsWith(tasks.get(i + 1));
      // What goes aside comes after all that is there by its stream's order.
      boolean waits = !goes && pending.stream().anyMatch(task::conflictsWith);
      if (waits) {
        pending.clear();
      }
      if (goes) {
        pending.add(task);
      }
      justWentAside = goes;
      aside.add(goes);
      joins.add(waits);
      notes.add(task.part().note() + (goes ? ", beside what follows" : ""));
    }
    return new Schedule(aside, joins, notes);
  }
}
