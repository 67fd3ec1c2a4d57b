package dev.descent.internal.device;

/// One of the commands that a step is made of.
public interface DeviceCommand {
  /// The operation with its shapes, for messages and explanations.
  String operation();

  /// What is done, and how.
  String describe();
}
