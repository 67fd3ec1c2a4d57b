package dev.descent.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/// Runs files with ONNX Runtime and models with the reference backend.
final class OnnxRuntime {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private OnnxRuntime() {}

  /// What ONNX Runtime makes of a batch.
  static float[] run(Path file, float[] batch, long... shape) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = ENVIRONMENT.createSession(file.toString(), options);
        OnnxTensor input = OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(batch), shape);
        OrtSession.Result result =
            session.run(Map.of(session.getInputNames().iterator().next(), input))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] output = new float[values.remaining()];
      values.get(output);
      return output;
    } catch (OrtException e) {
      throw new AssertionError(e);
    }
  }

  /// The texts that a file carries, as ONNX Runtime reads them.
  static Map<String, String> metadata(Path file) {
    try (OrtSession session = ENVIRONMENT.createSession(file.toString())) {
      return session.getMetadata().getCustomMetadata();
    } catch (OrtException e) {
      throw new AssertionError(e);
    }
  }

  /// What a model gives for rows.
  static float[] predict(Model model, float[] rows) {
    int size = rows.length / model.inputs();
    DataSet data = DataSet.targets("rows", rows, model.inputs(), new float[size], 1);
    try (Engine engine = Engine.open("reference")) {
      return engine.predict(model, data);
    }
  }

  /// Both round on the way, so that a value near zero is off by as much as those it is a difference
  /// of: the bound follows the largest value.
  static void assertClose(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    double largest = 1;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double most = 1e-5 * largest;
      assertEquals(expected[i], actual[i], most, what + "[" + i + "]");
    }
  }

  /// The same values with the order of an image's channels changed.
  ///
  /// @param images of `channels x positions` values each
  /// @return of `positions x channels` values each
  static float[] channelsLast(float[] images, int channels, int positions) {
    float[] result = new float[images.length];
    for (int i = 0; i < images.length; i++) {
      int image = i / (channels * positions);
      int within = i % (channels * positions);
      int position = within / channels;
      int channel = within % channels;
      result[i] = images[(image * channels + channel) * positions + position];
    }
    return result;
  }
}
