package dev.descent.cli.option;

import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.MatMulLibrary;
import dev.descent.backend.Precision;
import dev.descent.cli.shell.Invocation;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// The flags that choose a device.
public final class DeviceOptions {
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

  @Option(
      names = "--precision",
      paramLabel = "P",
      converter = PrecisionConverter.class,
      description =
          "What matrix products multiply: fp32, or what the backend offers of tf32, bf16 and bf16x6; sums and"
              + " weights stay in fp32. Default: fp32.")
  private Precision precision = Precision.FP32;

  @Option(
      names = "--matmul",
      paramLabel = "LIBRARY",
      converter = MatMulConverter.class,
      description =
          "Whose code multiplies matrices: own, or cublas, NVIDIA's library, where it is installed and"
              + " the backend is cuda. Default: own.")
  private MatMulLibrary matMul = MatMulLibrary.OWN;

  /// What the flags ask of a backend.
  public BackendOptions options() {
    return new BackendOptions(0, threads, precision, matMul);
  }

  /// Opens the device, and says in the first line of every run what it is, and then what was passed
  /// over.
  public Engine open(Invocation invocation) {
    Engine engine = Engine.open(backend, options());
    invocation.print(engine.device().toString());
    engine.passedOver().forEach(reason -> invocation.print("  not available: " + reason));
    return engine;
  }

  /// A precision in lower case.
  static final class PrecisionConverter implements ITypeConverter<Precision> {
    @Override
    public Precision convert(String text) {
      return Converters.choice(Precision.class, text);
    }
  }

  /// A library in lower case.
  static final class MatMulConverter implements ITypeConverter<MatMulLibrary> {
    @Override
    public MatMulLibrary convert(String text) {
      return Converters.choice(MatMulLibrary.class, text);
    }
  }
}
