/// Training: the trainer, its callbacks, checkpoints and the history of a run.
///
/// Losses, optimizers and schedules are in `objective`. `program`, which is internal, makes the
/// program of training, evaluation and prediction of a model and an objective, and runs passes over
/// the data.
///
/// [Trainer#fit] compiles the program, writes parameters and data sets, and then for each epoch
/// writes a new permutation, the epoch's learning rates and the step state. It runs the steps in
/// portions of some 30 ms; between portions it sums the losses in float64, calls callbacks and
/// checks whether to stop. The model gets its parameters back at the end.
///
/// All state that changes is in named buffers, so a [Checkpoint] is parameters, moments, the
/// position in the epoch and its sums so far. A resumed run sets the same buffers and continues.
/// Callbacks that depend on earlier epochs replay them.
@NullMarked
package dev.descent.train;

import org.jspecify.annotations.NullMarked;
