/// Predictions by many threads, a row or a batch at a time, with a model that can be replaced
/// meanwhile.
@NullMarked
package dev.descent.predict;

import org.jspecify.annotations.NullMarked;
