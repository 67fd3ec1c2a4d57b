package dev.descent;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.Ceilings;
import dev.descent.backend.DeviceInfo;
import dev.descent.backend.DeviceReport;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.backend.Tuner;
import dev.descent.data.DataSet;
import dev.descent.internal.event.Notices;
import dev.descent.model.Model;
import dev.descent.predict.Predictor;
import dev.descent.program.Augmentation;
import dev.descent.program.Program;
import dev.descent.train.Evaluation;
import dev.descent.train.Evaluator;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import dev.descent.train.program.AugmentedPictures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// An opened device, which owns all device memory that training on it takes. The entrance to this
/// library:
///
/// ```java
/// try (Engine engine = Engine.open("auto")) {
///   Model model = Model.sequential(784).dense(512, RELU).dense(10).build(seed);
///   History history = engine.trainer(model).validation(test).fit(train, 5);
/// }
/// ```
///
/// For one thread at a time, but for [#close] and predictors, which any number of threads use while
/// one trains. What several threads do on the device runs one after the other.
public final class Engine implements AutoCloseable {
  /// The name with which the engine chooses a backend itself.
  public static final String AUTO = "auto";

  /// The backends of this project: tools that put several jars into one often keep a single of
  /// their lists of services.
  private static final List<String> OWN =
      List.of(
          "dev.descent.internal.cpu.CpuProvider",
          "dev.descent.internal.reference.ReferenceProvider",
          "dev.descent.nativecpu.NativeProvider",
          "dev.descent.opencl.OpenClProvider",
          "dev.descent.cuda.CudaProvider");

  private final Backend backend;
  private final List<String> passedOver;

  private Engine(Backend backend, List<String> passedOver) {
    this.backend = backend;
    this.passedOver = List.copyOf(passedOver);
  }

  /// Opens a backend with as many threads as it thinks best: see [#open(String, int)].
  ///
  /// @param backend `auto`, or a name as [#devices] lists them, `:N` choosing the N-th device
  /// @return the opened device, owned by the caller
  public static Engine open(String backend) {
    return open(backend, 0);
  }

  /// Opens a backend in float32: see [#open(String, BackendOptions)].
  ///
  /// @param backend `auto`, or a name as [#devices] lists them, `:N` choosing the N-th device
  /// @param threads for backends that run on the CPU; 0 lets the backend choose
  /// @return the opened device, owned by the caller
  public static Engine open(String backend, int threads) {
    return open(backend, new BackendOptions(0, threads));
  }

  /// Opens a backend. One that is chosen by name is opened or this fails; only `auto` chooses, and
  /// [#passedOver] says why it did not take the others.
  ///
  /// @param backend `auto`, or a name as [#devices] lists them, `:N` choosing the N-th device
  /// @param options all but the device, which the name gives
  /// @return the opened device, owned by the caller
  /// @throws BackendUnavailableException if there is no such backend, it can't run here, or not in
  ///     this precision or with this library
  public static Engine open(String backend, BackendOptions options) {
    if (backend.equals(AUTO)) {
      return openBest(options);
    }
    int colon = backend.indexOf(':');
    String name = colon < 0 ? backend : backend.substring(0, colon);
    int device = colon < 0 ? 0 : deviceNumber(backend, backend.substring(colon + 1));
    BackendProvider provider =
        found().stream()
            .filter(p -> p.name().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new BackendUnavailableException(
                    "no backend %s; there are %s, %s"
                        .formatted(
                            name,
                            AUTO,
                            found().stream()
                                .map(BackendProvider::name)
                                .sorted()
                                .collect(Collectors.joining(", ")))));
    String lack = lack(provider, options);
    if (!lack.isEmpty()) {
      throw new BackendUnavailableException("backend " + lack);
    }
    return new Engine(provider.open(options.withDevice(device)), List.of());
  }

  /// Why the backend cannot satisfy the options; empty if it can.
  private static String lack(BackendProvider provider, BackendOptions options) {
    if (!provider.precisions().contains(options.precision())) {
      return lack(provider, options.precision());
    }
    return provider.matMulLibraries().contains(options.matMul())
        ? ""
        : "%s multiplies with its own kernels, not with %s"
            .formatted(provider.name(), word(options.matMul()));
  }

  private static String lack(BackendProvider provider, Precision precision) {
    String why = provider.whyNot(precision);
    return "%s computes in %s, not in %s%s"
        .formatted(
            provider.name(),
            provider.precisions().stream()
                .sorted()
                .map(Engine::word)
                .collect(Collectors.joining(", ")),
            word(precision),
            why.isEmpty() ? "" : ": " + why);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static int deviceNumber(String backend, String number) {
    try {
      int device = Integer.parseInt(number);
      if (device >= 0) {
        return device;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new BackendUnavailableException(
        "backend " + backend + ": " + number + " is not the number of a device");
  }

  private static Engine openBest(BackendOptions options) {
    List<String> passedOver = new ArrayList<>();
    for (BackendProvider provider : providers()) {
      if (provider.preference() < 0) {
        continue;
      }
      String lack = lack(provider, options);
      if (!lack.isEmpty()) {
        passedOver.add(lack);
        continue;
      }
      List<DeviceReport> reports = provider.devices();
      if (reports.stream().noneMatch(DeviceReport::usable)) {
        reports.forEach(r -> passedOver.add(r.id() + ": " + r.description()));
        continue;
      }
      try {
        int device = firstUsable(reports);
        Engine engine = new Engine(provider.open(options.withDevice(device)), passedOver);
        passedOver.forEach(reason -> Notices.inform(provider.name() + " instead of " + reason));
        return engine;
      } catch (BackendUnavailableException | DeviceException e) {
        passedOver.add(provider.name() + ": " + e.getMessage());
      }
    }
    throw new BackendUnavailableException(
        "no backend can run here: " + String.join("; ", passedOver));
  }

  private static int firstUsable(List<DeviceReport> reports) {
    int index = 0;
    while (!reports.get(index).usable()) {
      index++;
    }
    return index;
  }

  /// {@return all devices of all backends, in the order in which `auto` prefers them, usable or
  /// not}
  public static List<DeviceReport> devices() {
    return providers().stream().flatMap(p -> p.inspect().stream()).toList();
  }

  /// In the order of preference, which may mean to look for devices.
  private static List<BackendProvider> providers() {
    return found().stream()
        .sorted(Comparator.comparingInt(BackendProvider::preference).reversed())
        .toList();
  }

  /// In no particular order, and without asking them anything.
  private static List<BackendProvider> found() {
    List<BackendProvider> found =
        ServiceLoader.load(BackendProvider.class, Engine.class.getClassLoader()).stream()
            .map(Engine::load)
            .collect(Collectors.toCollection(ArrayList::new));
    if (!Engine.class.getModule().isNamed()) {
      Set<String> listed =
          found.stream().map(p -> p.getClass().getName()).collect(Collectors.toSet());
      OWN.stream().filter(name -> !listed.contains(name)).forEach(name -> addOwn(name, found));
    }
    return found;
  }

  /// Adds a backend that is on the class path and that no list of services names.
  private static void addOwn(String name, List<BackendProvider> found) {
    try {
      found.add(
          Class.forName(name)
              .asSubclass(BackendProvider.class)
              .getDeclaredConstructor()
              .newInstance());
    } catch (ReflectiveOperationException | LinkageError _) {
      // It is not here, or one that can't be loaded, which then has no list of services either.
    }
  }

  /// A backend that can't be loaded must not hide the others.
  private static BackendProvider load(ServiceLoader.Provider<BackendProvider> provider) {
    try {
      return provider.get();
    } catch (ServiceConfigurationError e) {
      return new UnloadableProvider(provider.type().getSimpleName(), e);
    }
  }

  /// {@return the device that this runs on}
  public DeviceInfo device() {
    return backend.device();
  }

  /// {@return why `auto` did not take backends that it would have preferred, a line each}
  public List<String> passedOver() {
    return passedOver;
  }

  /// Lets the backend prepare for training while the caller reads data: on `cpu` the JIT compiles
  /// the matrix products of the usual sizes meanwhile, which a first step would wait for. Returns at
  /// once and changes no result. Meant for programs that train; does nothing on one processor.
  ///
  /// @throws IllegalStateException if this is closed
  public void warmUp() {
    backend.warmUp();
  }

  /// Starts to set up training.
  ///
  /// @param model receives the trained parameters
  /// @return a trainer to set up and run
  public Trainer trainer(Model model) {
    return new Trainer(backend, model);
  }

  /// Compiles a program of one's own: for what is no training, benchmarks among it.
  ///
  /// @param program its buffers are allocated on the device
  /// @return owned by the caller; closed with this engine at the latest
  /// @throws DeviceException if the backend lacks an operation, or the device's memory does not
  ///     suffice
  public Executable compile(Program program) {
    return backend.compile(program);
  }

  /// Measures what the device can do at best; unknown for backends that do not say it.
  ///
  /// @param seconds about how long to measure
  /// @return what was measured, NaN where it is unknown
  public Ceilings ceilings(double seconds) {
    return backend.ceilings(seconds);
  }

  /// {@return what fits the backend's kernels to the device, or null where there is nothing to
  /// choose}
  public @Nullable Tuner tuner() {
    return backend.tuner();
  }

  /// Measures a model's loss and accuracy.
  ///
  /// @param model not modified
  /// @param loss what is measured
  /// @param data rows as the model takes them
  /// @return what was measured
  /// @throws IllegalArgumentException if model, loss and data do not fit together
  public Evaluation evaluate(Model model, Loss loss, DataSet data) {
    return new Evaluator(backend, model).evaluate(loss, data);
  }

  /// A model's outputs for each row of a data set: logits where it has no last activation.
  ///
  /// @param model not modified
  /// @param data rows as the model takes them
  /// @return `size x outputs`, row-major
  /// @throws IllegalArgumentException if the data's rows do not fit the model
  public float[] predict(Model model, DataSet data) {
    return new Evaluator(backend, model).predict(data);
  }

  /// What a network sees of pictures in a step of training whose batch is all of them, in their
  /// order: to look at what an augmentation does.
  ///
  /// @param pictures to be changed; not modified
  /// @param augmentation the changes and their ranges
  /// @param seed of training
  /// @param step how many updates came before
  /// @return `size x features`, row-major, as the network takes them
  /// @throws IllegalArgumentException if the data are no pictures
  public float[] augmented(DataSet pictures, Augmentation augmentation, long seed, int step) {
    return AugmentedPictures.of(backend, pictures, augmentation, seed, step);
  }

  /// Compiles a model once, to predict with it from any number of threads, also while this trains.
  ///
  /// @param model its numbers now; later changes of it count from [Predictor#update] on
  /// @return owned by the caller; closed with this engine at the latest
  public Predictor predictor(Model model) {
    return new Predictor(backend, model);
  }

  /// Closes the device and frees all of its memory. Idempotent, and safe at any moment: it waits
  /// for the device's current work, and a thread that trains or predicts gets an
  /// [IllegalStateException].
  @Override
  public void close() {
    backend.close();
  }
}
