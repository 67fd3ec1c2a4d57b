package dev.descent.internal.lowering;

import dev.descent.program.UpdateOperation;

/// An optimizer's update that is done part by part as its gradient is computed.
///
/// @param operation the update, whose gradients are the producer's result, and the padding behind
///     it where a backend [covers][Fusions#updatesPadding] that
/// @param singleConsumer whether only its producer and the update access the gradient within the
///     step
public record FusedUpdate(UpdateOperation operation, boolean singleConsumer) {}
