package dev.descent.contract;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The optimizers' updates.
interface UpdateContract extends OperationTests {
  /// Parameters, gradients, two moments and learning rates.
  record Values(float[] p, float[] g, float[] m, float[] v, float[] rates) {
    /// The same with signs with which no two terms of an update cancel: what comes out is the scale
    /// of its rounding.
    Values withoutCancellation() {
      return new Values(signed(p, 1), signed(g, -1), signed(m, -1), v, rates);
    }

    private static float[] signed(float[] values, float sign) {
      float[] signed = values.clone();
      for (int i = 0; i < signed.length; i++) {
        signed[i] = sign * Math.abs(signed[i]);
      }
      return signed;
    }
  }

  /// An update over the tensors of a case.
  interface Kind {
    UpdateOperation of(Tensor p, Tensor g, Tensor m, Tensor v, Tensor rates, Tensor state);
  }

  /// All optimizers, with the usual settings and with others.
  List<Kind> KINDS =
      List.of(
          (p, g, _, _, rates, state) -> new SgdUpdate(p, g, rates, state),
          (p, g, m, _, rates, state) -> new MomentumUpdate(p, g, m, rates, state, 0.9f, false),
          (p, g, m, _, rates, state) -> new MomentumUpdate(p, g, m, rates, state, 0.9f, true),
          (p, g, m, _, rates, state) -> new MomentumUpdate(p, g, m, rates, state, 0, true),
          (p, g, _, v, rates, state) -> new AdagradUpdate(p, g, v, rates, state, 1e-10f),
          (p, g, _, v, rates, state) -> new AdagradUpdate(p, g, v, rates, state, 1e-3f),
          (p, g, _, v, rates, state) -> new RmsPropUpdate(p, g, v, rates, state, 0.99f, 1e-8f),
          (p, g, _, v, rates, state) -> new RmsPropUpdate(p, g, v, rates, state, 0.5f, 1e-3f),
          (p, g, m, v, rates, state) ->
              new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0),
          (p, g, m, v, rates, state) ->
              new AdamUpdate(p, g, m, v, rates, state, 0.9f, 0.999f, 1e-8f, 0.1f),
          (p, g, m, v, rates, state) ->
              new AdamUpdate(p, g, m, v, rates, state, 0.6f, 0.9f, 1e-3f, 0.5f));

  /// Each optimizer's update of odd sizes.
  ///
  /// @param size the number of parameters
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 33, 129, 5003})
  default void updates(int size) {
    for (int step : new int[] {0, 1, 9, 1000, 1_000_000_000}) {
      Values values =
          new Values(
              inputs().uniform(size, -1, 1),
              inputs().uniform(size, -1, 1),
              inputs().uniform(size, -1, 1),
              inputs().uniform(size, 0.01f, 1),
              rates());
      KINDS.forEach(kind -> update(kind, values, step));
    }
  }

  /// Gradients and moments of 0, tiny, small and large: epsilon is all of the denominator, some of
  /// it, or none. More elements than a 16-bit number counts.
  @Test
  default void updatesOfManySizesAndMagnitudes() {
    int size = 300_001;
    float[] p = inputs().floats(size);
    float[] g = new float[size];
    float[] m = new float[size];
    float[] v = new float[size];
    float[] magnitudes = {0, 1e-16f, 1e-12f, 1e-9f, 1e-7f, 1e-4f, 1, 100};
    for (int i = 0; i < size; i++) {
      float magnitude = magnitudes[inputs().nextInt(magnitudes.length)];
      g[i] = magnitude * inputs().nextFloat(-1, 1);
      m[i] = (i % 3 == 0 ? 0 : magnitude) * inputs().nextFloat(-1, 1);
      v[i] = (i % 5 == 0 ? 0 : magnitude * magnitude) * inputs().nextFloat();
    }
    Values values = new Values(p, g, m, v, rates());
    for (int step : new int[] {0, 20}) {
      KINDS.forEach(kind -> update(kind, values, step));
    }
  }

  /// A gradient that is no number makes its own parameter one, and no other.
  @Test
  default void updatesByWhatIsNotFinite() {
    float[] p = inputs().uniform(37, -1, 1);
    float[] g = inputs().uniform(37, -1, 1);
    g[5] = Float.NaN;
    g[36] = Float.NaN;
    float[] m = inputs().uniform(37, -1, 1);
    float[] v = inputs().uniform(37, 0.01f, 1);
    KINDS.forEach(kind -> update(kind, new Values(p, g, m, v, rates()), 2));
  }

  private float[] rates() {
    return inputs().uniform(5, 0.001f, 0.1f);
  }

  private void update(Kind kind, Values values, int step) {
    int slot = inputs().nextInt(5);
    OperationCase c = new OperationCase("");
    UpdateOperation update = add(c, kind, values, slot, step);
    c.name(update.name() + " of " + values.p.length + " at step " + step);
    OperationCase magnitudes = new OperationCase("magnitudes");
    UpdateOperation twin = add(magnitudes, kind, values.withoutCancellation(), slot, step);
    Bound bound = new Bound(1e-37, 0, 32 * Bound.ROUNDOFF);
    for (int i = 0; i < update.outputs().size(); i++) {
      c.compared(update.outputs().get(i), bound);
      magnitudes.compared(twin.outputs().get(i), bound);
    }
    c.scales(magnitudes, reference());
    check(c);
  }

  private static UpdateOperation add(
      OperationCase c, Kind kind, Values values, int slot, int step) {
    int size = values.p.length;
    Tensor p = c.input("p", 1, size, values.p);
    Tensor g = c.input("g", 1, size, values.g);
    Tensor m = c.input("m", 1, size, values.m);
    Tensor v = c.input("v", 1, size, values.v);
    Tensor rates = c.input("rates", 5, 1, values.rates);
    UpdateOperation update = kind.of(p, g, m, v, rates, c.state(0, slot, step));
    c.add(update);
    return update;
  }
}
