package dev.descent.program;

/// The counters that steps read and advance on the device, so that a compiled step is replayed
/// without any parameter of it being touched.
///
/// They lie in an I32 tensor of [#SIZE] elements. The host writes them at the start of an epoch.
public final class StepState {
  /// The position in the row order at which the next batch starts.
  public static final int CURSOR = 0;

  /// The index of the next step within the epoch: which learning rate it uses and where its loss
  /// and its count of correct answers go.
  public static final int SLOT = 1;

  /// How many updates came before the next one since training began.
  public static final int STEP = 2;

  /// The number of elements of a state tensor.
  public static final int SIZE = 4;

  private StepState() {}
}
