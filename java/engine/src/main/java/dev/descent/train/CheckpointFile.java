package dev.descent.train;

import dev.descent.DataException;
import dev.descent.format.Json;
import dev.descent.format.Safetensors;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Checkpoints as safetensors files: a model's file, and with it a tensor for each of the optimizer's
/// moments, flat as the parameters are, and the rest as JSON in the file's metadata.
final class CheckpointFile {
  /// `{"optimizer":"adam ...","learningRate":0.001,"batch":128,"samples":60000,"shuffle":true,"seed":1,"rateFactor":1.0,
  /// "step":0,"lossSum":0.0,"correct":0,"epochs":[{"loss":..,"accuracy":..,"valLoss":..,
  /// "valAccuracy":..,"learningRate":..}],"stops":[{"epochs":1,"step":0,"steps":469}]}`
  private static final String STATE = Model.EXTRA_PREFIX + "state";

  private static final String MOMENT = Model.EXTRA_PREFIX + "moment";

  private CheckpointFile() {}

  static void write(Checkpoint checkpoint, Path file) {
    List<Safetensors.Entry> moments = new ArrayList<>();
    for (float[] moment : checkpoint.moments()) {
      moments.add(Safetensors.Entry.of(MOMENT + (moments.size() + 1), moment, moment.length));
    }
    checkpoint.model().save(file, moments, STATE, state(checkpoint).toString());
  }

  private static Json state(Checkpoint checkpoint) {
    Checkpoint.Origin origin = checkpoint.origin();
    Checkpoint.Tally tally = checkpoint.tally();
    return Json.object()
        .put("optimizer", origin.optimizer())
        .put("learningRate", checkpoint.learningRate())
        .put("batch", origin.batch())
        .put("samples", origin.samples())
        .put("shuffle", Json.of(origin.shuffle()))
        .put("seed", origin.seed())
        .put("rateFactor", checkpoint.rateFactor())
        .put("step", tally.step())
        .put("lossSum", tally.lossSum())
        .put("correct", tally.correct())
        .put(
            "epochs",
            new Json.Array(checkpoint.epochs().stream().map(CheckpointFile::epoch).toList()))
        .put(
            "stops", new Json.Array(checkpoint.stops().stream().map(CheckpointFile::stop).toList()))
        .build();
  }

  private static Json epoch(EpochRecord epoch) {
    return Json.object()
        .put("loss", epoch.loss())
        .put("accuracy", epoch.accuracy())
        .put("valLoss", epoch.valLoss())
        .put("valAccuracy", epoch.valAccuracy())
        .put("learningRate", epoch.learningRate())
        .build();
  }

  private static Json stop(History.Stop stop) {
    return Json.object()
        .put("epochs", stop.epochs())
        .put("step", stop.step())
        .put("steps", stop.steps())
        .build();
  }

  static Checkpoint read(Path file) {
    Model model = Model.load(file);
    Safetensors.Contents contents = Safetensors.read(file);
    String state = contents.metadata().get(STATE);
    if (state == null) {
      throw new DataException(
          file + " holds a model, but not how its training stood: there is nothing to resume");
    }
    String where = file + ", " + STATE;
    var fields = new Fields(Json.parse(state, where), where);
    List<float[]> moments = new ArrayList<>();
    for (Safetensors.Entry entry : contents.entries()) {
      if (entry.name().startsWith(MOMENT)) {
        moments.add(contents.require(MOMENT + (moments.size() + 1), model.parameters().length));
      }
    }
    List<EpochRecord> epochs = new ArrayList<>();
    for (Fields epoch : fields.list("epochs")) {
      epochs.add(epoch(epochs.size() + 1, epoch));
    }
    List<History.Stop> stops = fields.list("stops").stream().map(CheckpointFile::stop).toList();
    Checkpoint.Origin origin = origin(fields);
    var tally =
        new Checkpoint.Tally(
            (int) fields.whole("step", 0, origin.steps()),
            fields.number("lossSum"),
            fields.whole("correct", 0, Long.MAX_VALUE));
    double rateFactor = fields.number("rateFactor");
    if (!(rateFactor > 0 && Double.isFinite(rateFactor))) {
      throw new DataException(where + ": rateFactor is " + rateFactor);
    }
    var learningRate = (float) fields.number("learningRate");
    return new Checkpoint(model, moments, origin, learningRate, epochs, stops, rateFactor, tally);
  }

  private static Checkpoint.Origin origin(Fields fields) {
    return new Checkpoint.Origin(
        fields.text("optimizer"),
        (int) fields.whole("batch", 1, Integer.MAX_VALUE),
        (int) fields.whole("samples", 1, Integer.MAX_VALUE),
        fields.truth("shuffle"),
        fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static EpochRecord epoch(int number, Fields fields) {
    return new EpochRecord(
        number,
        fields.number("loss"),
        fields.number("accuracy"),
        fields.number("valLoss"),
        fields.number("valAccuracy"),
        Double.NaN,
        Double.NaN,
        Double.NaN,
        fields.number("learningRate"));
  }

  private static History.Stop stop(Fields fields) {
    int steps = (int) fields.whole("steps", 1, Integer.MAX_VALUE);
    return new History.Stop(
        (int) fields.whole("epochs", 0, Integer.MAX_VALUE),
        (int) fields.whole("step", 0, steps),
        steps);
  }

  /// The members of a JSON object that must be what is asked for.
  private record Fields(Json json, String where) {
    private Json get(String name) {
      Json value = json instanceof Json.Members members ? members.get(name) : null;
      if (value == null) {
        throw new DataException(where + ": no " + name);
      }
      return value;
    }

    String text(String name) {
      if (get(name) instanceof Json.Text text) {
        return text.value();
      }
      throw malformed(name);
    }

    boolean truth(String name) {
      if (get(name) instanceof Json.Bool bool) {
        return bool.value();
      }
      throw malformed(name);
    }

    long whole(String name, long least, long most) {
      if (get(name) instanceof Json.Whole whole
          && whole.value() >= least
          && whole.value() <= most) {
        return whole.value();
      }
      throw malformed(name);
    }

    /// A number; NaN, which JSON lacks, is null.
    double number(String name) {
      return switch (get(name)) {
        case Json.Real real -> real.value();
        case Json.Whole whole -> whole.value();
        case Json.Null _ -> Double.NaN;
        default -> throw malformed(name);
      };
    }

    List<Fields> list(String name) {
      if (get(name) instanceof Json.Array array) {
        return array.elements().stream().map(element -> new Fields(element, where)).toList();
      }
      throw malformed(name);
    }

    private DataException malformed(String name) {
      return new DataException("%s: %s is %s".formatted(where, name, get(name)));
    }
  }
}
