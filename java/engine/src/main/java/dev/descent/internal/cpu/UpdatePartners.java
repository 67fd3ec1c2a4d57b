package dev.descent.internal.cpu;

/// What an optimizer's update takes together with gradients; elements that belong together are at the same
/// index of each array.
///
/// @param parameters the array of the weights
/// @param first the array of the first moments; where there are none, that of the weights
/// @param last the array of the last moments; where there are less than two, that of the first
public record UpdatePartners(float[] parameters, float[] first, float[] last) {}
