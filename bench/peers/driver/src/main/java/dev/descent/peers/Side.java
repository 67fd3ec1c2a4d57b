package dev.descent.peers;

/// A product that trains. Used by one thread.
public interface Side extends AutoCloseable {
  /// Makes a side, ready for its first epoch.
  @FunctionalInterface
  interface Opener {
    /// Reads the data and makes the model.
    ///
    /// @throws Exception whatever the product throws
    Side open(Task task) throws Exception;
  }

  /// The product's version and how it is used, in a few words.
  String description();

  /// Trains for an epoch, in an order of samples that is drawn anew.
  ///
  /// @throws Exception whatever the product throws
  Epoch epoch() throws Exception;

  /// The accuracy on the test images.
  ///
  /// @throws Exception whatever the product throws
  double accuracy() throws Exception;

  @Override
  default void close() {}

  /// What an epoch came to.
  ///
  /// @param seconds of training alone
  /// @param loss the mean of the batches' losses, each before its update
  record Epoch(double seconds, double loss) {
    /// What an epoch's steps brought, timed by the caller.
    ///
    /// @param start [System#nanoTime] before it
    public static Epoch since(long start, double lossSum, long samples) {
      return new Epoch((System.nanoTime() - start) * 1e-9, lossSum / samples);
    }
  }
}
