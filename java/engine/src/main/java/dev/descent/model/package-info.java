/// Models: layers, their weights, and models as files.
///
/// A [Model] is a list of [Layer]s. A layer is one file: its settings, the [Shape] that it gives,
/// its [Weight]s, and the operations that it adds to a [Tape]. A [BoundLayer] is a layer at its
/// place in a model, with its name and its [Parameter]s. Nothing outside a layer's file knows it by
/// type; [LayerTypes] finds the reader of its [Settings] by name.
///
/// All weights lie in one flat array: first those that are trained, in the order of the layers,
/// then those that layers keep themselves, such as running statistics. Gradients and an optimizer's
/// state cover the first part alone; files and checkpoints hold both.
///
/// Layers follow one another. A residual path fits the same interface: a layer that holds the
/// layers of its branch has their weights under names with a prefix, and hands each of them a tape
/// of its own, which adds the prefix and keeps what they register for the backward pass. What it
/// lacks is an operation that adds two tensors.
@NullMarked
package dev.descent.model;

import org.jspecify.annotations.NullMarked;
