package dev.descent.internal.event;

import java.util.Optional;

/// Events for JDK Flight Recorder. Where the module `jdk.jfr` is not in the JVM, and while nobody
/// records, they are nothing: to make the first event known takes the recorder a tenth of a second.
///
/// An event begins when it is made and ends when it is committed.
public final class Events {
  private static final boolean PRESENT = isPresent();

  private static final Epoch NO_EPOCH = (_, _, _, _, _, _, _) -> {};
  private static final Steps NO_STEPS = (_, _, _) -> {};
  private static final Compile NO_COMPILE = (_, _, _) -> {};

  private Events() {}

  private static boolean isPresent() {
    Optional<Module> module = ModuleLayer.boot().findModule("jdk.jfr");
    return module.isPresent() && Events.class.getModule().canRead(module.get());
  }

  private static boolean isRecorded() {
    return PRESENT && Recorded.isOn();
  }

  /// An epoch of training with its validation.
  @FunctionalInterface
  public interface Epoch {
    /// Ends it; losses and accuracies are NaN where they are not known.
    void commit(
        String backend,
        int epoch,
        double loss,
        double accuracy,
        double validationLoss,
        double validationAccuracy,
        double samplesPerSecond);
  }

  /// Some steps that ran in a row, about 30 milliseconds of them.
  @FunctionalInterface
  public interface Steps {
    /// Ends it.
    void commit(String step, int steps, long samples);
  }

  /// The compilation of a program.
  @FunctionalInterface
  public interface Compile {
    /// Ends it.
    void commit(String backend, int operations, long bytes);
  }

  /// Begins an epoch.
  public static Epoch epoch() {
    return isRecorded() ? Recorded.epoch() : NO_EPOCH;
  }

  /// Begins some steps.
  public static Steps steps() {
    return isRecorded() ? Recorded.steps() : NO_STEPS;
  }

  /// Begins a compilation.
  public static Compile compile() {
    return isRecorded() ? Recorded.compile() : NO_COMPILE;
  }

  /// Notes how much memory a backend's open executables hold.
  public static void deviceMemory(String backend, int executables, long bytes) {
    if (isRecorded()) {
      Recorded.deviceMemory(backend, executables, bytes);
    }
  }
}
