/// Not for users: what is done to a program before a backend compiles it, the same for all
/// backends.
///
/// A backend has a [dev.descent.internal.lowering.CompilerTable] that says which types of
/// operations it supports. Two things happen to the operations of a step on their way to it:
///
/// 1. [dev.descent.internal.lowering.Expansion] replaces what the backend does not support by
///    simpler operations, and refuses by name what cannot be expanded. Values between the parts of
///    an expansion lie in one scratch buffer that the expanded program owns.
/// 2. [dev.descent.internal.lowering.Lowering] puts neighbours into groups
///    ([dev.descent.internal.lowering.Group]) that are done in one go: a matrix product or a
///    convolution with its epilogue, a normalisation with an activation, a loss with its accuracy,
///    the producer of a gradient with the optimizer's update. For the last, `OptimizerFusion`
///    splits the step's one update into an update for each gradient and moves the gradient's
///    producer in front of it.
///
/// Each rule stands here once: two operations are grouped only if nothing in the step can see the
/// difference. Which groups a backend has code for, it says with
/// [dev.descent.internal.lowering.Fusions]. What it compiles a group to, stages, commands or
/// kernels, is its own concern.
@NullMarked
package dev.descent.internal.lowering;

import org.jspecify.annotations.NullMarked;
