package dev.descent.backend;

/// How long a kernel of a step took on the device, and what it did in that time.
///
/// @param kernel what it does and how, as [Executable#explain] says it
/// @param seconds the mean of its runs, by the device's own clock
/// @param flops floating-point operations of a run, 0 where they are not counted
/// @param bytes what a run reads and writes at least
public record KernelTime(String kernel, double seconds, long flops, long bytes) {}
