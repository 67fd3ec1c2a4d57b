/// Pictures in and out: images read for a model, contact sheets of data sets.
@NullMarked
package dev.descent.cli.image;

import org.jspecify.annotations.NullMarked;
