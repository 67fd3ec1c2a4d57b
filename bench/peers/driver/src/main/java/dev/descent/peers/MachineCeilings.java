package dev.descent.peers;

import dev.descent.Engine;
import dev.descent.nativecpu.Bf16Ceilings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// What the machine can do at best, by instruction. Of several readings the middle counts: the
/// clock of a processor and the neighbours on a shared machine change it from minute to minute.
final class MachineCeilings {
  static final String MULTIPLY_ADDS = "fused multiply-adds";

  private static final double SECONDS = 0.5;
  private static final String BF16 = "bf16";
  private static final String BF16X6 = "bf16x6";

  /// The products of bfloat16 that make one of float32's accuracy.
  private static final int PRODUCTS_X6 = 6;

  /// @param rates operations a second, by instruction; NaN for those that the machine lacks
  /// @param hertz the clock during multiply-adds; NaN where it is not known
  record Reading(Map<String, Double> rates, double hertz) {
    /// Measures, float32's multiply-adds first.
    static Reading take(int threads, boolean bf16) {
      Map<String, Double> rates = new LinkedHashMap<>();
      try (Engine engine = Engine.open("cpu", threads)) {
        var of = engine.ceilings(SECONDS);
        rates.put(MULTIPLY_ADDS, of.flops());
        if (bf16) {
          rates.putAll(Bf16Ceilings.measure(threads, SECONDS));
        }
        return new Reading(rates, of.hertz());
      }
    }
  }

  private final Supplier<Reading> source;
  private final List<Reading> readings = new ArrayList<>();

  MachineCeilings(Supplier<Reading> source) {
    this.source = source;
  }

  /// @param products of which those in bfloat16 decide what is measured
  static MachineCeilings of(int threads, List<Product> products) {
    boolean bf16 = products.stream().anyMatch(product -> product.variant().contains(BF16));
    return new MachineCeilings(() -> Reading.take(threads, bf16));
  }

  /// Takes one more reading.
  void measure() {
    readings.add(source.get());
  }

  /// The ceiling of a side's products: that of the fastest instruction for their precision.
  ///
  /// @return operations a second; NaN where it is not known
  double of(Product product) {
    double multiplyAdds = median(MULTIPLY_ADDS);
    String variant = product.variant();
    if (!variant.contains(BF16)) {
      return multiplyAdds;
    }
    int products = variant.contains(BF16X6) ? PRODUCTS_X6 : 1;
    return names().stream()
        .mapToDouble(name -> name.equals(MULTIPLY_ADDS) ? multiplyAdds : median(name) / products)
        .filter(rate -> !Double.isNaN(rate))
        .max()
        .orElse(Double.NaN);
  }

  private List<String> names() {
    return readings.isEmpty() ? List.of() : List.copyOf(readings.getFirst().rates().keySet());
  }

  private List<Double> rates(String name) {
    return readings.stream()
        .map(reading -> reading.rates().getOrDefault(name, Double.NaN))
        .toList();
  }

  private double median(String name) {
    return readings.isEmpty() ? Double.NaN : Spread.of(rates(name)).median();
  }

  /// Adds an item for each instruction.
  ///
  /// @param what they are measured for
  void report(Report report, String what) {
    for (String name : names()) {
      Spread spread = Spread.of(rates(name));
      String text = "not to be had here";
      if (!Double.isNaN(spread.median())) {
        text = Report.number("%.1f GFLOP/s", spread.median() * 1e-9);
        text += name.equals(MULTIPLY_ADDS) ? clock() : "";
        if (spread.count() > 1) {
          text +=
              ", the median of the rounds' readings (%s to %s)"
                  .formatted(
                      Report.number("%.1f", spread.least() * 1e-9),
                      Report.number("%.1f", spread.most() * 1e-9));
        }
      }
      report.item("ceiling of " + name + ", " + what, text);
    }
  }

  private String clock() {
    double hertz = Spread.of(readings.stream().map(Reading::hertz).toList()).median();
    return Double.isNaN(hertz) ? "" : Report.number(" at %.2f GHz", hertz * 1e-9);
  }
}
