package dev.descent.peers.latency;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.MatMulLibrary;
import dev.descent.backend.Precision;
import dev.descent.model.BoundLayer;
import dev.descent.model.Model;
import dev.descent.onnx.Onnx;
import dev.descent.predict.Predictor;
import dev.descent.program.Activation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Who predicts.
interface Side extends AutoCloseable {
  /// One thread's way to ask: with memory of its own for as many rows as are asked for at a time.
  interface Client extends AutoCloseable {
    void predict(float[] rows, float[] outputs) throws OrtException;

    @Override
    default void close() {}
  }

  Client client(int rows) throws OrtException;

  @Override
  void close();

  /// Makes a side.
  ///
  /// @param name `descent:BACKEND`, `descent:BACKEND:PRECISION`, `onnxruntime` or `loop`
  static Side of(String name, Model model, int threads) throws OrtException {
    return switch (name) {
      case "onnxruntime" -> new OnnxRuntime(model, threads);
      case "loop" -> new Loop(model);
      default -> new Descent(name.substring(name.indexOf(':') + 1), model, threads);
    };
  }

  /// Descent's predictor.
  final class Descent implements Side {
    private final Engine engine;
    private final Predictor predictor;

    /// @param backend its name, and behind a colon the precision of its products, as `bf16`
    Descent(String backend, Model model, int threads) {
      String[] words = backend.split(":", -1);
      Precision precision =
          words.length < 2
              ? Precision.FP32
              : Precision.valueOf(words[1].toUpperCase(java.util.Locale.ROOT));
      engine = Engine.open(words[0], new BackendOptions(0, threads, precision, MatMulLibrary.OWN));
      predictor = engine.predictor(model);
    }

    @Override
    public Client client(int rows) {
      return predictor::predict;
    }

    @Override
    public void close() {
      predictor.close();
      engine.close();
    }
  }

  /// ONNX Runtime through its Java interface, on direct buffers that are made once.
  final class OnnxRuntime implements Side {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final String input;
    private final int inputs;

    OnnxRuntime(Model model, int threads) throws OrtException {
      var options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      session = environment.createSession(file(model), options);
      input = session.getInputNames().iterator().next();
      inputs = model.inputs();
    }

    private static byte[] file(Model model) {
      try {
        Path file = Files.createTempFile("latency", ".onnx");
        try {
          Onnx.write(model, file);
          return Files.readAllBytes(file);
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Client client(int rows) throws OrtException {
      FloatBuffer buffer =
          ByteBuffer.allocateDirect(4 * rows * inputs)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      OnnxTensor tensor = OnnxTensor.createTensor(environment, buffer, new long[] {rows, inputs});
      Map<String, OnnxTensor> arguments = Map.of(input, tensor);
      return (samples, outputs) -> {
        buffer.put(0, samples);
        try (OrtSession.Result result = session.run(arguments)) {
          ((OnnxTensor) result.get(0)).getFloatBuffer().get(outputs);
        }
      };
    }

    @Override
    public void close() {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// What one writes by hand: a loop over the weights of each layer.
  final class Loop implements Side {
    private final List<BoundLayer> layers;
    private final float[][] weights;
    private final float[][] biases;

    Loop(Model model) {
      layers = model.boundLayers();
      weights = layers.stream().map(l -> model.get(l.name() + ".weight")).toArray(float[][]::new);
      biases = layers.stream().map(l -> model.get(l.name() + ".bias")).toArray(float[][]::new);
    }

    @Override
    public Client client(int rows) {
      float[][] values = biases.clone();
      for (int i = 0; i < values.length; i++) {
        values[i] = new float[values[i].length];
      }
      return (samples, outputs) -> {
        int inputs = samples.length / rows;
        int width = outputs.length / rows;
        for (int row = 0; row < rows; row++) {
          float[] x = samples;
          int from = row * inputs;
          for (int i = 0; i < values.length; i++) {
            layer(x, from, weights[i], biases[i], values[i]);
            if (layers.get(i).layer().activation() == Activation.RELU) {
              relu(values[i]);
            }
            x = values[i];
            from = 0;
          }
          System.arraycopy(x, 0, outputs, row * width, width);
        }
      };
    }

    private static void layer(float[] x, int from, float[] weight, float[] bias, float[] y) {
      System.arraycopy(bias, 0, y, 0, y.length);
      for (int k = 0; k < weight.length / y.length; k++) {
        float a = x[from + k];
        int w = k * y.length;
        for (int j = 0; j < y.length; j++) {
          y[j] += a * weight[w + j];
        }
      }
    }

    private static void relu(float[] y) {
      for (int j = 0; j < y.length; j++) {
        y[j] = Math.max(y[j], 0);
      }
    }

    @Override
    public void close() {}
  }
}
