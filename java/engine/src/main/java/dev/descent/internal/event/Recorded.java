package dev.descent.internal.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The events. Apart from the rest, so that classes of `jdk.jfr` are touched only where they are.
final class Recorded {
  private Recorded() {}

  /// Whether the recorder has been started.
  static boolean isOn() {
    return FlightRecorder.isInitialized();
  }

  static Events.Epoch epoch() {
    var event = new EpochEvent();
    event.begin();
    return (backend, epoch, loss, accuracy, validationLoss, validationAccuracy, rate) -> {
      event.end();
      if (event.shouldCommit()) {
        event.backend = backend;
        event.epoch = epoch;
        event.loss = loss;
        event.accuracy = accuracy;
        event.validationLoss = validationLoss;
        event.validationAccuracy = validationAccuracy;
        event.samplesPerSecond = rate;
        event.commit();
      }
    };
  }

  static Events.Steps steps() {
    var event = new StepEvent();
    event.begin();
    return (step, steps, samples) -> {
      event.end();
      if (event.shouldCommit()) {
        event.step = step;
        event.steps = steps;
        event.samples = samples;
        event.commit();
      }
    };
  }

  static Events.Compile compile() {
    var event = new CompileEvent();
    event.begin();
    return (backend, operations, bytes) -> {
      event.end();
      if (event.shouldCommit()) {
        event.backend = backend;
        event.operations = operations;
        event.bytes = bytes;
        event.commit();
      }
    };
  }

  static void deviceMemory(String backend, int executables, long bytes) {
    var event = new DeviceMemoryEvent();
    if (event.shouldCommit()) {
      event.backend = backend;
      event.executables = executables;
      event.bytes = bytes;
      event.commit();
    }
  }

  @Name("dev.descent.Epoch")
  @Label("Epoch")
  @Description("A pass over the training data, with its validation")
  @Category("Descent")
  @StackTrace(false)
  private static final class EpochEvent extends Event {
    @Label("Backend")
    private String backend = "";

    @Label("Epoch")
    private int epoch;

    @Label("Loss")
    private double loss;

    @Label("Accuracy")
    private double accuracy;

    @Label("Validation Loss")
    private double validationLoss;

    @Label("Validation Accuracy")
    private double validationAccuracy;

    @Label("Samples a Second")
    private double samplesPerSecond;
  }

  @Name("dev.descent.Step")
  @Label("Steps")
  @Description("Steps that ran in a row: a sample of the time that a step takes")
  @Category("Descent")
  @StackTrace(false)
  private static final class StepEvent extends Event {
    @Label("Step")
    private String step = "";

    @Label("Steps")
    private int steps;

    @Label("Samples")
    private long samples;
  }

  @Name("dev.descent.Compile")
  @Label("Compile")
  @Description("The compilation of a program for a device")
  @Category("Descent")
  @StackTrace(false)
  private static final class CompileEvent extends Event {
    @Label("Backend")
    private String backend = "";

    @Label("Operations")
    private int operations;

    @Label("Memory")
    @DataAmount
    private long bytes;
  }

  @Name("dev.descent.DeviceMemory")
  @Label("Device Memory")
  @Description("The memory of all programs that are open, each time that one is opened or closed")
  @Category("Descent")
  @StackTrace(false)
  @SuppressWarnings("UnusedVariable") // the recording reads it
  private static final class DeviceMemoryEvent extends Event {
    @Label("Backend")
    private String backend = "";

    @Label("Programs")
    private int executables;

    @Label("Memory")
    @DataAmount
    private long bytes;
  }
}
