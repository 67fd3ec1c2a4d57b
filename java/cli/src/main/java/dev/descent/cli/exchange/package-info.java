/// The commands that bring models into other programs' files and out of them.
@NullMarked
package dev.descent.cli.exchange;

import org.jspecify.annotations.NullMarked;
