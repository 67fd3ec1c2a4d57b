/// The commands that look at a model: `evaluate`, `predict`, `summary` and `explain`.
@NullMarked
package dev.descent.cli.inspect;

import org.jspecify.annotations.NullMarked;
