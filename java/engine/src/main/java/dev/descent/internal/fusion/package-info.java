/// Not for users: which operations of a step can be done together, the same for all backends.
@NullMarked
package dev.descent.internal.fusion;

import org.jspecify.annotations.NullMarked;
