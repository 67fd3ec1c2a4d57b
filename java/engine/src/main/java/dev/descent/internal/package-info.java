/// Not for users: shared pieces of the engine.
@NullMarked
package dev.descent.internal;

import org.jspecify.annotations.NullMarked;
