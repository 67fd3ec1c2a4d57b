/// The `train` command: a run, its files and its report.
@NullMarked
package dev.descent.cli.train;

import org.jspecify.annotations.NullMarked;
