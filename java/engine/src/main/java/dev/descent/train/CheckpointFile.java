package dev.descent.train;

import dev.descent.DataException;
import dev.descent.format.Safetensors;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import dev.descent.model.Model;
import dev.descent.program.Augmentation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import org.jspecify.annotations.Nullable;

/// Checkpoints as safetensors files: a model's file, and with it a tensor for each of the
/// optimizer's moments, flat as the parameters are, and the rest as JSON in the file's metadata.
final class CheckpointFile {
  /// `{"optimizer":"adam
  /// ...","learningRate":0.001,"batch":128,"samples":60000,"shuffle":true,"seed":1,"rateFactor":1.0,
  /// "step":0,"lossSum":0.0,"correct":0,"epochs":[{"loss":..,"accuracy":..,"valLoss":..,
  /// "valAccuracy":..,"learningRate":..}],"stops":[{"epochs":1,"step":0,"steps":469}],"data":"9ae01c34","bestEpoch":0}`
  ///
  /// The last two are missing in files of earlier versions. `"augmentation":"rotation 5, flip"` is
  /// there where pictures were changed. An epoch has `"metrics":{"recall":..}`
  /// where some were measured.
  private static final String STATE = Model.EXTRA_PREFIX + "state";

  private static final String MOMENT = Model.EXTRA_PREFIX + "moment";
  private static final String BEST = Model.EXTRA_PREFIX + "best";

  private CheckpointFile() {}

  static void write(Checkpoint checkpoint, Path file) {
    List<Safetensors.Entry> moments = new ArrayList<>();
    for (float[] moment : checkpoint.moments()) {
      moments.add(Safetensors.Entry.of(MOMENT + (moments.size() + 1), moment, moment.length));
    }
    Checkpoint.Best best = checkpoint.best();
    if (best != null) {
      moments.add(Safetensors.Entry.of(BEST, best.parameters(), best.parameters().length));
    }
    checkpoint.model().save(file, moments, STATE, state(checkpoint).toString());
  }

  private static Json state(Checkpoint checkpoint) {
    Checkpoint.Origin origin = checkpoint.origin();
    Checkpoint.Tally tally = checkpoint.tally();
    Json.Builder state = Json.object();
    if (!origin.augmentation().isNone()) {
      state.put("augmentation", origin.augmentation().toString());
    }
    return state
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
        .put("data", origin.data())
        .put("bestEpoch", checkpoint.best() == null ? 0 : checkpoint.best().epoch())
        .build();
  }

  private static Json epoch(EpochRecord epoch) {
    Json.Builder metrics = Json.object();
    epoch.metrics().forEach(metrics::put);
    Json.Builder record = Json.object();
    if (!epoch.metrics().isEmpty()) {
      record.put("metrics", metrics.build());
    }
    return record
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
    Safetensors.Contents contents = Safetensors.read(file);
    Model model = Model.of(contents);
    String state = contents.metadata().get(STATE);
    if (state == null) {
      throw new DataException(
          file + " holds a model, but not how its training stood: there is nothing to resume");
    }
    String where = file + ", " + STATE;
    var fields = new Fields(Json.parse(state, where), where);
    int parameters = model.parameters().length;
    List<float[]> moments = new ArrayList<>();
    for (Safetensors.Entry entry : contents.entries()) {
      if (entry.name().startsWith(MOMENT)) {
        moments.add(contents.require(MOMENT + (moments.size() + 1), model.trainedLength()));
      }
    }
    List<EpochRecord> epochs = new ArrayList<>();
    for (Fields epoch : fields.list("epochs")) {
      epochs.add(epoch(epochs.size() + 1, epoch));
    }
    Checkpoint.Origin origin = origin(fields);
    int bestEpoch = fields.has("bestEpoch") ? fields.whole("bestEpoch", 0, epochs.size()) : 0;
    return new Checkpoint(
        model,
        moments,
        origin,
        (float) fields.checked("learningRate", v -> (float) v > 0 && v <= Float.MAX_VALUE),
        epochs,
        fields.list("stops").stream().map(CheckpointFile::stop).toList(),
        fields.checked("rateFactor", v -> v > 0 && Double.isFinite(v)),
        tally(fields, origin, model),
        bestEpoch == 0 ? null : new Checkpoint.Best(bestEpoch, contents.require(BEST, parameters)));
  }

  private static Checkpoint.Origin origin(Fields fields) {
    return new Checkpoint.Origin(
        fields.text("optimizer"),
        fields.whole("batch", 1, Integer.MAX_VALUE),
        fields.whole("samples", 1, Integer.MAX_VALUE),
        fields.has("data") ? fields.text("data") : "",
        fields.truth("shuffle"),
        augmentation(fields),
        fields.whole64("seed", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static Augmentation augmentation(Fields fields) {
    if (!fields.has("augmentation")) {
      return Augmentation.NONE;
    }
    try {
      return Augmentation.parse(fields.text("augmentation"));
    } catch (IllegalArgumentException e) {
      throw fields.malformed("augmentation", e);
    }
  }

  private static Checkpoint.Tally tally(Fields fields, Checkpoint.Origin origin, Model model) {
    int step = fields.whole("step", 0, origin.steps());
    long samples = Math.min(origin.samples(), (long) step * origin.batch());
    return new Checkpoint.Tally(
        step, fields.finite("lossSum"), fields.whole64("correct", 0, samples * model.outputs()));
  }

  private static EpochRecord epoch(int number, Fields fields) {
    return new EpochRecord(
        number,
        fields.number("loss"),
        fields.share("accuracy"),
        fields.number("valLoss"),
        fields.share("valAccuracy"),
        Double.NaN,
        Double.NaN,
        Double.NaN,
        fields.notNegative("learningRate"),
        Double.NaN,
        fields.has("metrics") ? fields.shares("metrics") : Map.of());
  }

  private static History.Stop stop(Fields fields) {
    int steps = fields.whole("steps", 1, Integer.MAX_VALUE);
    return new History.Stop(
        fields.whole("epochs", 0, Integer.MAX_VALUE), fields.whole("step", 0, steps), steps);
  }

  /// The members of a JSON object that must be exactly these.
  private record Fields(Json json, String where) {
    boolean has(String name) {
      return json instanceof Json.Members members && members.get(name) != null;
    }

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

    int whole(String name, int least, int most) {
      return (int) whole64(name, least, most);
    }

    long whole64(String name, long least, long most) {
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

    double finite(String name) {
      return checked(name, Double::isFinite);
    }

    double notNegative(String name) {
      return checked(name, value -> value >= 0 && value <= Double.MAX_VALUE);
    }

    /// A number from 0 to 1, or NaN where there is none.
    double share(String name) {
      return checked(name, value -> Double.isNaN(value) || (value >= 0 && value <= 1));
    }

    /// An object of such numbers.
    Map<String, Double> shares(String name) {
      if (!(get(name) instanceof Json.Members members)) {
        throw malformed(name);
      }
      var inner = new Fields(members, where);
      Map<String, Double> shares = new LinkedHashMap<>();
      members.members().keySet().forEach(key -> shares.put(key, inner.share(key)));
      return shares;
    }

    double checked(String name, DoublePredicate test) {
      double value = number(name);
      if (test.test(value)) {
        return value;
      }
      throw malformed(name);
    }

    List<Fields> list(String name) {
      if (get(name) instanceof Json.Array array) {
        return array.elements().stream().map(element -> new Fields(element, where)).toList();
      }
      throw malformed(name);
    }

    private DataException malformed(String name) {
      return malformed(name, null);
    }

    DataException malformed(String name, @Nullable Throwable cause) {
      return new DataException(
          "%s: %s is %s".formatted(where, name, Visible.value(get(name))), cause);
    }
  }
}
