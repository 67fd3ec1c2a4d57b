/// Not for users: the pure-Java CPU backend.
@NullMarked
package dev.descent.internal.cpu;

import org.jspecify.annotations.NullMarked;
