package dev.descent.backend;

/// One line of `descent devices`: a device that a backend found, or the reason why it found none.
///
/// @param id what `--backend` takes to choose it: `cpu`, `cuda:0`
/// @param usable whether opening it can be expected to work
/// @param description the device in one line, or where it is not usable, what was looked for, what
///     was found and what to do
public record DeviceReport(String id, boolean usable, String description) {}
