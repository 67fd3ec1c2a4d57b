/// Not for users: the stages of a compiled step, the memory that they work on, and the compiler
/// that makes them.
@NullMarked
package dev.descent.internal.cpu.step;

import org.jspecify.annotations.NullMarked;
