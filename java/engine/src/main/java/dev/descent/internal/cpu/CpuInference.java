package dev.descent.internal.cpu;

import dev.descent.DeviceException;
import dev.descent.backend.Forward;
import dev.descent.backend.Inference;
import dev.descent.internal.HostMemory;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.internal.cpu.step.CompiledStep;
import dev.descent.internal.cpu.step.LoneStep;
import dev.descent.internal.cpu.step.PackedWeights;
import dev.descent.internal.cpu.step.StepCompiler;
import dev.descent.internal.cpu.step.Storage;
import dev.descent.internal.cpu.step.Workspaces;
import dev.descent.internal.cpu.team.WorkerTeam;
import dev.descent.internal.device.Lifetime;
import dev.descent.internal.lowering.Expansion;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The forward pass on the calling threads. They share the packed weights; each call takes a
/// [Lane], with memory for activations, of those that no other thread uses. Waits neither for
/// training nor for other calls, nor for the compiler: until it has the kernels, plain loops
/// compute the same bits.
final class CpuInference implements Inference {
  private static final int[] SIZES = {1, 4, 16, 64, 256};

  /// The place of lanes that are used until the kernels are compiled.
  private static final int PLAIN = -1;

  /// Lanes for more threads than this at a time are made anew for each call.
  private static final int MOST_LANES = 64;

  /// A lane's memory: larger batches than fit it go in parts.
  private static final long LANE_BYTES = 16 << 20;

  /// The numbers of rows for which this virtual machine has compiled kernels.
  private static final Set<Integer> COMPILED = ConcurrentHashMap.newKeySet();

  private final Lifetime life;
  private final Forward.Source source;
  private final Kernels kernels;

  /// What computes until the kernels are compiled; null where they need not be waited for.
  private final @Nullable Kernels early;

  private final Helpers helpers;
  private final float[] parameters;
  private final PackedWeights weights;
  private final int[] sizes;
  private final Pool[] pools;
  private volatile boolean closed;

  /// @param helpers other threads that may take a part in a call
  /// @param values the parameters; copied
  CpuInference(
      Lifetime life, Forward.Source source, Kernels kernels, Helpers helpers, float[] values) {
    this(life, source, kernels, early(source, kernels), helpers, values, sizes(source));
  }

  /// Plain loops, if they can compute all of the program as it stands.
  private static @Nullable Kernels early(Forward.Source source, Kernels kernels) {
    Kernels plain = KernelChoice.plain(null);
    boolean suits =
        kernels.matMul().isSlowAtFirst()
            && source.of(1).program().steps().stream()
                .flatMap(step -> step.operations().stream())
                .allMatch(operation -> StepCompiler.supports(operation.getClass(), plain));
    return suits ? plain : null;
  }

  private CpuInference(
      Lifetime life,
      Forward.Source source,
      Kernels kernels,
      @Nullable Kernels early,
      Helpers helpers,
      float[] values,
      int[] sizes) {
    this.life = life;
    this.source = source;
    this.kernels = kernels;
    this.early = early;
    this.helpers = helpers;
    this.sizes = sizes;
    this.weights = new PackedWeights(kernels.matMul());
    try {
      this.parameters = new float[values.length + Workspace.LEAD];
    } catch (OutOfMemoryError e) {
      throw HostMemory.heapTooSmall(life.backend(), (long) values.length * Float.BYTES, e);
    }
    System.arraycopy(values, 0, parameters, Workspace.LEAD, values.length);
    this.pools = new Pool[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      pools[i] = new Pool(sizes[i]);
    }
  }

  /// As many sizes as leave a lane small.
  private static int[] sizes(Forward.Source source) {
    int count = 1;
    while (count < SIZES.length && laneBytes(source.of(SIZES[count])) <= LANE_BYTES) {
      count++;
    }
    return Arrays.copyOf(SIZES, count);
  }

  private static long laneBytes(Forward forward) {
    return forward.program().bytes() - forward.parameters().buffer().bytes();
  }

  @Override
  public void run(float[] samples, int samples0, int rows, float[] outputs, int outputs0) {
    life.requireUsable();
    if (closed) {
      throw new IllegalStateException("these parameters are no longer in use");
    }
    for (int done = 0; done < rows; ) {
      int index = next(rows - done);
      int count = Math.min(sizes[index], rows - done);
      Pool pool = pools[index];
      Lane lane = pool.take();
      lane.run(samples, samples0, done, count, outputs, outputs0);
      pool.give(lane);
      done += count;
    }
  }

  private int next(int left) {
    int size = Forward.next(sizes, left);
    int index = 0;
    while (sizes[index] != size) {
      index++;
    }
    return index;
  }

  /// Makes as many lanes as this has, so that those who call next need not.
  @Override
  public Inference with(float[] values) {
    life.requireUsable();
    var next = new CpuInference(life, source, kernels, null, helpers, values, sizes);
    for (int i = 0; i < pools.length; i++) {
      next.pools[i].fill(pools[i].made);
    }
    return next;
  }

  @Override
  public void close() {
    closed = true;
  }

  /// The lanes of one size.
  private final class Pool {
    private final int rows;
    private final AtomicReferenceArray<@Nullable Lane> idle =
        new AtomicReferenceArray<>(MOST_LANES);
    private volatile int made;
    private final AtomicBoolean compiling = new AtomicBoolean();
    private final AtomicReference<@Nullable Lane> plain = new AtomicReference<>();
    private volatile boolean compiled;

    Pool(int rows) {
      this.rows = rows;
      this.compiled = early == null || COMPILED.contains(rows);
    }

    /// A lane for this thread alone. Neighbouring threads begin to look at different places.
    Lane take() {
      if (early != null && !compiled) {
        return takePlain(early);
      }
      int first = (int) Thread.currentThread().threadId();
      int count = Math.min(MOST_LANES, made);
      for (int i = 0; i < count; i++) {
        int place = (first + i & Integer.MAX_VALUE) % count;
        Lane lane = idle.getPlain(place);
        if (lane != null && idle.compareAndSet(place, lane, null)) {
          return lane;
        }
      }
      return make();
    }

    private synchronized Lane make() {
      var lane = new Lane(rows, made, kernels, weights);
      made++;
      return lane;
    }

    void give(Lane lane) {
      if (lane.place == PLAIN) {
        plain.set(compiled ? null : lane);
      } else if (lane.place < MOST_LANES) {
        idle.set(lane.place, lane);
      }
    }

    /// Has another thread make the first lane that stays, which compiles the kernels.
    private Lane takePlain(Kernels loops) {
      if (compiling.compareAndSet(false, true)) {
        Thread.ofPlatform().daemon().name("descent-compile").start(this::compile);
      }
      Lane lane = plain.getAndSet(null);
      return lane != null ? lane : new Lane(rows, PLAIN, loops, new PackedWeights(loops.matMul()));
    }

    private void compile() {
      try {
        give(make());
        COMPILED.add(rows);
      } catch (RuntimeException | OutOfMemoryError _) {
        // The next call makes a lane itself, and says why it can't.
      } finally {
        compiled = true;
        plain.set(null);
      }
    }

    synchronized void fill(int count) {
      while (made < Math.min(count, MOST_LANES)) {
        give(make());
      }
    }
  }

  /// What one call computes with: stages over memory of its own, and the weights.
  private final class Lane {
    /// Where it lies while it is idle.
    private final int place;

    private final float[] samples;
    private final int samplesStart;
    private final int sampleSize;
    private final float[] outputs;
    private final int outputsStart;
    private final int outputSize;
    private final LoneStep alone;
    private final @Nullable CompiledStep shared;
    private final boolean wakes;

    Lane(int rows, int place, Kernels kernels, PackedWeights weights) {
      this.place = place;
      Forward forward = source.of(rows);
      Program program =
          Expansion.apply(
              forward.program(), life.backend(), type -> StepCompiler.supports(type, kernels));
      var storage =
          Storage.sharing(life.backend(), program, forward.parameters().buffer(), parameters);
      List<Operation> operations = program.step(Forward.step(rows)).operations();
      var workspaces = new Workspaces(kernels.matMul(), 1);
      this.alone =
          new LoneStep(
              new StepCompiler(kernels, storage, workspaces, 1, weights).compile(operations));
      workspaces.allocate();
      this.wakes = Helpers.isLong(rows, parameters.length);
      WorkerTeam team = null;
      if (place != PLAIN) {
        WarmUp.run(kernels.matMul(), workspaces.plans(), workspaces.panels());
        team = helpers.team(parameters.length);
      }
      if (team == null) {
        this.shared = null;
      } else {
        var several = new Workspaces(kernels.matMul(), team.workers());
        this.shared =
            new CompiledStep(
                team,
                new StepCompiler(kernels, storage, several, team.workers(), weights)
                    .compile(operations));
        several.allocate();
      }
      Tensor in = forward.samples();
      this.samples = storage.floatArray(in);
      this.samplesStart = storage.start(in);
      this.sampleSize = (int) in.columns();
      Tensor out = forward.outputs();
      this.outputs = storage.floatArray(out);
      this.outputsStart = storage.start(out);
      this.outputSize = (int) out.columns();
    }

    /// Computes rows from the given one on.
    void run(float[] from, int from0, int first, int rows, float[] to, int to0) {
      System.arraycopy(from, from0 + first * sampleSize, samples, samplesStart, rows * sampleSize);
      try {
        if (shared == null) {
          alone.run();
        } else {
          helpers.run(shared, alone, wakes);
        }
      } catch (IllegalStateException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new DeviceException("%s: a prediction failed: %s".formatted(life.backend(), e), e);
      }
      System.arraycopy(outputs, outputsStart, to, to0 + first * outputSize, rows * outputSize);
    }
  }
}
