package dev.descent.train;

/// How far an epoch has come.
///
/// @param epoch from 1
/// @param step the steps done in this epoch
/// @param steps the steps of an epoch
/// @param samples the samples seen in this epoch
/// @param loss the mean over those samples
/// @param accuracy the share of correct predictions among them, or NaN where there is none
/// @param seconds spent training in this epoch
public record BatchRecord(
    int epoch, int step, int steps, long samples, double loss, double accuracy, double seconds) {}
