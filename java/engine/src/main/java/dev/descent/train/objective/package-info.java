/// The training objective and how it is approached: losses, optimizers, learning-rate schedules.
///
/// A loss of one's own implements [dev.descent.train.objective.Loss], composed of the operations
/// that there are; [dev.descent.train.objective.Loss#register] makes it known by the name that is
/// kept in a model's metadata.
@NullMarked
package dev.descent.train.objective;

import org.jspecify.annotations.NullMarked;
