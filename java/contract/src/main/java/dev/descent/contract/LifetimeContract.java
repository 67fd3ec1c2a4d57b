package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.Executable;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.Evaluator;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How backends and executables end: closed ones leave nothing behind, and closing at any moment,
/// from any thread, gives the thread at work an [IllegalStateException] at worst.
public abstract class LifetimeContract extends BackendContract {
  private static final int BYTES_A_FIT = 64;
  private static final int BYTES_ONCE = 2 << 20;
  private static final int MOST_COLLECTIONS = 5;

  /// Other inputs each time.
  protected LifetimeContract() {
    super(Inputs.fresh(), Opening.EACH_TEST);
  }

  /// {@return how many trainings and predictions run in one backend; fewer where each takes long,
  /// more in the soak}
  protected int fits() {
    return 1_000;
  }

  /// {@return how often something is closed at a random moment}
  protected int rounds() {
    return 60;
  }

  /// A backend that keeps weak references to what it compiled.
  private static final class Watched implements Backend {
    private final Backend backend;
    private final List<WeakReference<Executable>> executables = new ArrayList<>();

    Watched(Backend backend) {
      this.backend = backend;
    }

    @Override
    public DeviceInfo device() {
      return backend.device();
    }

    @Override
    public boolean supports(Class<? extends Operation> type) {
      return backend.supports(type);
    }

    @Override
    public Executable compile(Program program) {
      Executable executable = backend.compile(program);
      executables.add(new WeakReference<>(executable));
      return executable;
    }

    @Override
    public void close() {}

    long reachable() {
      return executables.stream().filter(e -> e.get() != null).count();
    }
  }

  @Test
  void manyFitsAndPredictionsLeaveNothingBehind() {
    // So little work is no faster on several threads.
    try (Backend own = open(new BackendOptions(0, 1))) {
      var watched = new Watched(own);
      fit(watched, Math.max(10, fits() / 10));
      assertEquals(0, collect(watched), "executables that are closed and still reachable");
      watched.executables.clear();
      long before = usedHeap();
      fit(watched, fits());
      assertEquals(2L * fits(), watched.executables.size());
      assertEquals(0, collect(watched), "executables that are closed and still reachable");
      watched.executables.clear();
      long grown = usedHeap() - before;
      assertTrue(
          grown < BYTES_ONCE + (long) BYTES_A_FIT * fits(),
          () ->
              String.format(
                  Locale.ROOT, "%,d bytes more on the heap after %,d fits", grown, fits()));
    }
  }

  private static void fit(Backend backend, int times) {
    float[] rows = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    DataSet data = DataSet.classes("rows", rows, 3, new int[] {0, 1, 1}, List.of("no", "yes"));
    Model model = Model.sequential(3).dense(4, Activation.RELU).dense(2).build(1);
    for (int i = 0; i < times; i++) {
      new Trainer(backend, model).batch(2).fit(data, 1);
      new Evaluator(backend, model).predict(data);
    }
  }

  /// @return how many executables are reachable after garbage collections
  private static long collect(Watched watched) {
    for (int i = 0; i < MOST_COLLECTIONS && watched.reachable() > 0; i++) {
      System.gc();
    }
    return watched.reachable();
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /// A thread that uses a backend in all ways, in a random order, until that fails.
  private final class User extends Thread {
    private final Program.Builder builder = Program.builder();
    private final Tensor x = floats("x", 17, 33);
    private final Tensor w = floats("w", 33, 9);
    private final Tensor y = floats("y", 17, 9);
    private final Tensor p = floats("p", 1, 50);
    private final Tensor q = floats("q", 1, 50);
    private final Tensor state =
        builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    private final Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(x, false, w, false, y),
                    new Activate(Activation.TANH, p, q),
                    new Advance(state, 3, true)))
            .build();

    private final Backend backend;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile @Nullable Executable executable;
    private @Nullable Throwable end;
    private int most = Integer.MAX_VALUE;
    private float[] written = new float[50];
    private int steps;

    User(Backend backend) {
      this.backend = backend;
    }

    private Tensor floats(String name, long rows, long columns) {
      return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
    }

    @Override
    public void run() {
      try {
        Executable current = compile();
        while (calls.incrementAndGet() < most) {
          switch (inputs.nextInt(0, 12)) {
            case 0 -> {
              current.close();
              current = compile();
            }
            case 1 -> assertEquals(program, current.program());
            case 2 -> assertTrue(!current.explain("step").isEmpty());
            case 3 -> {
              current.profile("step", 1);
              steps = steps(current);
            }
            case 4, 5, 6 -> {
              int times = inputs.nextInt(0, 20);
              current.run("step", times);
              steps += times;
            }
            case 7, 8 -> {
              written = inputs.floats(50);
              current.write(p, MemorySegment.ofArray(written));
            }
            case 9 -> assertEquals(steps, steps(current));
            default -> {
              float[] read = new float[50];
              current.read(p, MemorySegment.ofArray(read));
              assertArrayEquals(written, read);
            }
          }
        }
        current.close();
      } catch (Throwable e) {
        end = e;
      }
    }

    private Executable compile() {
      Executable fresh = backend.compile(program);
      executable = fresh;
      written = new float[50];
      steps = 0;
      return fresh;
    }

    private int steps(Executable current) {
      int[] counters = new int[StepState.SIZE];
      current.read(state, MemorySegment.ofArray(counters));
      assertEquals(3 * counters[StepState.STEP], counters[StepState.CURSOR]);
      return counters[StepState.STEP];
    }

    /// Lets it work for some calls, and then for a moment that ends anywhere within a call.
    void await(int count, int spins) {
      while (calls.get() < count && isAlive()) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < spins; i++) {
        Thread.onSpinWait();
      }
    }

    void requireEnd(String... messages) throws InterruptedException {
      join();
      if (!(end instanceof IllegalStateException)) {
        throw new AssertionError("it ended with " + end + ", " + inputs, end);
      }
      assertTrue(List.of(messages).contains(end.getMessage()), () -> end + ", " + inputs);
    }
  }

  @Test
  void aBackendThatAnotherThreadClosesEndsTheWorkOnIt() throws InterruptedException {
    String name = backend.device().backend();
    for (int round = 0; round < rounds(); round++) {
      int calls = inputs.nextInt(0, 30);
      int spins = inputs.nextInt(0, 20_000);
      Backend own = open(new BackendOptions(0, 2));
      var user = new User(own);
      user.start();
      user.await(calls, spins);
      own.close();
      user.requireEnd("the " + name + " backend is closed");
      var e = assertThrows(IllegalStateException.class, () -> own.compile(user.program));
      assertEquals("the " + name + " backend is closed", e.getMessage());
      assertThrows(IllegalStateException.class, () -> own.ceilings(0.001));
    }
  }

  @Test
  void anExecutableThatAnotherThreadClosesEndsTheWorkOnIt() throws InterruptedException {
    String name = backend.device().backend();
    for (int round = 0; round < rounds(); round++) {
      int calls = inputs.nextInt(1, 30);
      int spins = inputs.nextInt(0, 20_000);
      var user = new User(backend);
      user.start();
      user.await(calls, spins);
      // It may be another one in a moment: then the thread goes on, until it is asked to end.
      while (user.isAlive()) {
        Executable executable = user.executable;
        if (executable != null) {
          executable.close();
        }
      }
      user.requireEnd("this executable of the " + name + " backend is closed");
    }
    var user = new User(backend);
    user.most = 20;
    user.start();
    user.join();
    assertEquals(null, user.end, inputs.toString());
  }

  @Test
  void aTrainingEndsWhenItsBackendIsClosed() throws InterruptedException {
    String name = backend.device().backend();
    int size = 64;
    DataSet data =
        DataSet.classes(
            "rows", inputs.floats(size * 5L), 5, inputs.indices(size, 2), List.of("no", "yes"));
    for (int round = 0; round < Math.max(1, rounds() / 4); round++) {
      int batches = inputs.nextInt(1, 40);
      int spins = inputs.nextInt(0, 20_000);
      Backend own = open(new BackendOptions(0, 2));
      var counted = new AtomicInteger();
      Callback counter =
          new Callback() {
            @Override
            public int batchInterval() {
              return 1;
            }

            @Override
            public void onBatchEnd(TrainingRun run, BatchRecord batch) {
              counted.incrementAndGet();
            }
          };
      Model model = Model.sequential(5).dense(7, Activation.TANH).dense(2).build(round);
      var ends = new ArrayList<Throwable>();
      var thread =
          new Thread(() -> {
            try {
              new Trainer(own, model)
                  .batch(8)
                  .validation(data)
                  .callback(counter)
                  .fit(data, 1_000_000);
            } catch (Throwable e) {
              ends.add(e);
            }
          });
      thread.start();
      while (counted.get() < batches && thread.isAlive()) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < spins; i++) {
        Thread.onSpinWait();
      }
      own.close();
      thread.join();
      assertEquals(
          List.of("java.lang.IllegalStateException: the " + name + " backend is closed"),
          ends.stream().map(Throwable::toString).toList(),
          inputs.toString());
    }
  }

  @Test
  void threadsThatShareABackendTakeTurns() throws InterruptedException {
    List<User> users = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      var user = new User(backend);
      user.most = 2 * rounds();
      users.add(user);
    }
    users.forEach(Thread::start);
    for (User user : users) {
      user.join();
      if (user.end != null) {
        throw new AssertionError("it ended with " + user.end + ", " + inputs, user.end);
      }
    }
  }
}
