package dev.descent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalDistributionTest {
  /// Values of Phi to 15 digits and more, computed with arbitrary precision.
  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "0.5, 0.691462461274013103637704610608",
    "1, 0.841344746068542948585232545632",
    "-1, 0.158655253931457051414767454368",
    "-0.1, 0.460172162722971016",
    "-1.2499, 0.105668039716968065544864226662",
    "-1.2501, 0.105631509899856014460475320693",
    "-2, 0.0227501319481792072002826371663",
    "3, 0.998650101968369905473348185352",
    "-4, 0.0000316712418331199212537707567222",
    "-5, 2.86651571879193911673752333459e-7",
    "-10, 7.61985302416052606597334325145e-24",
    "-20, 2.75362411860623369505990474391e-89",
    "9, 1"
  })
  void cumulative(double x, double expected) {
    assertEquals(expected, NormalDistribution.cumulative(x), 4e-15 * expected, "Phi(" + x + ")");
  }

  /// The slope of the distribution function is the density.
  @ParameterizedTest
  @CsvSource({
    "-6", "-3.999", "-4.001", "-1.251", "-1.249", "-1", "0", "0.7", "3.999", "4.001", "6"
  })
  void densityIsTheSlope(double x) {
    double h = 1e-4;
    double slope =
        (NormalDistribution.cumulative(x + h) - NormalDistribution.cumulative(x - h)) / (2 * h);
    double density = NormalDistribution.density(x);
    assertEquals(density, slope, 1e-6 * density + 1e-12);
    assertTrue(NormalDistribution.cumulative(x) < NormalDistribution.cumulative(x + h));
  }
}
