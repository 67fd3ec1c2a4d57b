package sample;

import static dev.descent.program.Activation.RELU;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.known.Digits;
import dev.descent.model.Model;
import dev.descent.train.History;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A project that has nothing but the engine's jar and a JDK: trains on drawn digits, saves the
/// model, loads it again and asks it.
public final class Sample {
  private Sample() {}

  public static void main(String[] args) throws Exception {
    DataSet digits = Digits.draw(1, 0, 3000);
    DataSet train = digits.slice(0, 2500);
    DataSet test = digits.slice(2500, 500);
    Model model = Model.sequential(784).dense(64, RELU).dense(10).build(1);
    try (Engine engine = Engine.open("auto")) {
      History history = engine.trainer(model).batch(32).validation(test).fit(train, 3);
      Path file = Files.createTempFile("sample", ".safetensors");
      model.save(file);
      float[] before = engine.predict(model, test);
      float[] after = engine.predict(Model.load(file), test);
      Files.delete(file);
      System.out.println(
          "sample: %s module, %s, accuracy above 0.8: %b, loaded model agrees: %b"
              .formatted(
                  DataSet.class.getModule().isNamed() ? "named" : "unnamed",
                  engine.device().backend(),
                  history.last().valAccuracy() > 0.8,
                  Arrays.equals(before, after)));
    }
  }
}
