/// Not for users: the machine's measured peak of arithmetic and of memory, for benchmarks.
@NullMarked
package dev.descent.internal.cpu.ceiling;

import org.jspecify.annotations.NullMarked;
