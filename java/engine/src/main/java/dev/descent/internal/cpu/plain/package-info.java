/// Not for users: kernels in plain loops, which the compiler vectorises. They need nothing but the
/// JDK.
@NullMarked
package dev.descent.internal.cpu.plain;

import org.jspecify.annotations.NullMarked;
