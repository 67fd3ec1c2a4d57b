/// What a backend compiles: steps of operations over tensors.
///
/// A [Program] has named buffers and steps. A training program has up to six steps: `train` on a
/// full batch, `trainLast` on the last short one, `validate` and `validateLast`, `predict` and
/// `predictLast`. They share the buffers:
///
/// - Parameters, gradients and each moment of the optimizer are one flat buffer each, in the layout
///   of the model: a layer's weight and bias are views that start on cache lines.
/// - Data sets are the bytes that they are in the file. [DataOperation.GatherRows] gathers a batch
///   through a permutation and converts bytes to numbers.
/// - [StepState] holds what changes from step to step: cursor, slot and step number. The last
///   operation of a step, [DataOperation.Advance], moves them on. Learning rates and losses have
///   one slot a step.
///
/// Random numbers are a pure function of seed, layer, step and element, so dropout stores no mask:
/// its backward pass draws the same numbers again.
@NullMarked
package dev.descent.program;

import org.jspecify.annotations.NullMarked;
