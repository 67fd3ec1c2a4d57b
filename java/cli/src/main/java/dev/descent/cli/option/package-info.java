/// Options that several commands share, and the tasks that they name.
@NullMarked
package dev.descent.cli.option;

import org.jspecify.annotations.NullMarked;
