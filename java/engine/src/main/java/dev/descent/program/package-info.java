/// What a backend compiles: steps of operations over tensors.
@NullMarked
package dev.descent.program;

import org.jspecify.annotations.NullMarked;
