/// Not for users: kernels on the Vector API: the only package of the engine that imports
/// `jdk.incubator.vector`.
@NullMarked
package dev.descent.internal.cpu.vector;

import org.jspecify.annotations.NullMarked;
