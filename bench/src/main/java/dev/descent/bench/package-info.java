/// Micro-benchmarks of the kernels. `bench/run` builds and runs them.
@NullMarked
package dev.descent.bench;

import org.jspecify.annotations.NullMarked;
