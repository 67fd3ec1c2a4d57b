/// The program of a training run: batches from data sets, the forward and the backward pass, the
/// update, and passes over the data. Internal.
@NullMarked
package dev.descent.train.program;

import org.jspecify.annotations.NullMarked;
