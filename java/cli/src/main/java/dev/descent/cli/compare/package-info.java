/// The `compare` command: several backends on the same work.
@NullMarked
package dev.descent.cli.compare;

import org.jspecify.annotations.NullMarked;
