package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.lowering.Group;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whatever tasks a step has: two that touch the same memory, one of them writing, run in their
/// order.
class ScheduleTest {
  private static final int TENSORS = 6;

  private final Inputs random = Inputs.fresh();
  private final List<Tensor> tensors = new ArrayList<>();

  ScheduleTest() {
    Program.Builder builder = Program.builder();
    for (int i = 0; i < TENSORS; i++) {
      tensors.add(builder.buffer("t" + i, Role.DATA, DType.F32, 1).asMatrix(1, 1));
    }
  }

  private Tensor any() {
    return tensors.get(random.nextInt(TENSORS));
  }

  private Schedule.Task product(Tensor a, Tensor b, Tensor out, boolean canGoAside) {
    return new Schedule.Task(
        new Part.Single(new Group.Single(new MatMul(a, false, b, false, out)), ""), canGoAside);
  }

  private Schedule.Task randomTask() {
    Tensor out = any();
    Tensor a = any();
    Tensor b = any();
    while (a.sameElements(out)) {
      a = any();
    }
    while (b.sameElements(out)) {
      b = any();
    }
    return product(a, b, out, random.nextInt(4) > 0);
  }

  /// before[i][j] says that i has ended when j begins, by the order of the streams and what they
  /// wait for.
  private static boolean[][] order(Schedule schedule) {
    int n = schedule.aside().size();
    boolean[][] before = new boolean[n][n];
    for (int j = 0; j < n; j++) {
      boolean aside = schedule.aside().get(j);
      for (int i = 0; i < j; i++) {
        // The last of a stream's tasks before j, with all that came before it.
        boolean sameStream = schedule.aside().get(i) == aside;
        boolean waited = aside || schedule.joins().get(j);
        if (sameStream || waited) {
          before[i][j] = true;
          for (int k = 0; k < i; k++) {
            before[k][j] |= before[k][i];
          }
        }
      }
    }
    return before;
  }

  @Test
  void conflictsRunInOrder() {
    for (int round = 0; round < 2000; round++) {
      List<Schedule.Task> tasks = new ArrayList<>();
      int count = random.nextInt(1, 12);
      for (int i = 0; i < count; i++) {
        tasks.add(randomTask());
      }
      Schedule schedule = Schedule.of(tasks);
      boolean[][] before = order(schedule);
      for (int j = 0; j < count; j++) {
        assertFalse(schedule.aside().get(j) && !tasks.get(j).canGoAside(), random.toString());
        for (int i = 0; i < j; i++) {
          boolean conflict = tasks.get(i).conflictsWith(tasks.get(j));
          assertTrue(
              !conflict || before[i][j], i + " and " + j + " of " + schedule + ", " + random);
        }
      }
    }
  }

  /// The gradient of a weight runs beside the chain; what reads it waits.
  @Test
  void whatNobodyWaitsForGoesAside() {
    Tensor x = tensors.get(0);
    Schedule schedule =
        Schedule.of(
            List.of(
                product(x, x, tensors.get(1), true),
                product(tensors.get(1), x, tensors.get(2), true),
                product(tensors.get(1), x, tensors.get(3), true),
                product(tensors.get(3), x, tensors.get(4), true),
                product(tensors.get(2), x, tensors.get(5), true)));
    assertEquals(List.of(false, true, false, true, false), schedule.aside());
    assertEquals(List.of(false, false, false, false, true), schedule.joins());
  }
}
