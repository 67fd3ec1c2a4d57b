package dev.descent.internal.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The vectors that all kernels use: the widest that the machine has. No kernel uses a second
/// species of floats: the compiler knows what a FloatVector is as long as one subclass is loaded.
public final class VectorConstants {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  public static final int LANES = SPECIES.length();

  private VectorConstants() {}
}
