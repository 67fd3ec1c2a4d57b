package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Ceilings;
import dev.descent.backend.Precision;
import dev.descent.internal.device.Lifetime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Ceilings are measured where there is something to measure: what stands for a GPU in tests has
/// none.
class CeilingsTest {
  @ParameterizedTest
  @EnumSource(names = {"FP32", "TF32", "BF16"})
  void bothAreMeasured(Precision precision) {
    TestDevice.requirePrecision(precision);
    Device device = TestDevice.get();
    try (Session session = new Session(device, new Lifetime(CudaProvider.NAME))) {
      var tuning = new Tuning(1, precision, Tuning.of(device, precision).tiles(), 64, 16);
      var measurement = new CeilingMeasurement(session, new Modules(session), tuning);
      Ceilings ceilings = measurement.measure(1e-3, 1e-6, 100_000);
      assertTrue(ceilings.flops() > 0 && ceilings.flops() < 1e18, ceilings::toString);
      assertTrue(ceilings.bytes() > 0 && ceilings.bytes() < 1e18, ceilings::toString);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "TF32", "BF16"})
  void aSimulatorHasNone(Precision precision) {
    TestDevice.requirePrecision(precision);
    boolean simulator = Devices.isSimulator(TestDevice.get().name());
    var options = new BackendOptions(0, 0, precision);
    try (Backend backend = TestDevice.open(options)) {
      assertEquals(simulator, Double.isNaN(backend.ceilings(1e-2).flops()));
    }
  }
}
