/// The `data` commands: what a data set looks like, and its download.
@NullMarked
package dev.descent.cli.data;

import org.jspecify.annotations.NullMarked;
