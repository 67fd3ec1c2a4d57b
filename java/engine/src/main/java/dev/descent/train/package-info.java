/// Training: losses, optimizers, schedules, callbacks and the history they leave.
@NullMarked
package dev.descent.train;

import org.jspecify.annotations.NullMarked;
