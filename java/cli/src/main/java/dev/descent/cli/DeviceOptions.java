package dev.descent.cli;

import dev.descent.Engine;
import picocli.CommandLine.Option;

/// The flags that choose a device.
final class DeviceOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "What to run on: auto, or a backend that `descent devices` lists, :N behind it for its"
              + " N-th device. Default: ${DEFAULT-VALUE}.")
  private String backend = Engine.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Converters.Threads.class,
      description = "Threads of a backend that runs on the CPU; 0 lets it choose.")
  private int threads;

  int threads() {
    return threads;
  }

  /// Opens the device, and says in the first line of every run what it is, and then what was passed
  /// over.
  Engine open(Invocation invocation) {
    Engine engine = Engine.open(backend, threads);
    invocation.print(engine.device().toString());
    engine.passedOver().forEach(reason -> invocation.print("  passed over " + reason));
    return engine;
  }
}
