/// Not for users: the formats that the engine and the command line write and read: JSON, pages of
/// HTML with charts in SVG, PNG, files that are replaced whole, and text that is safe to print.
@NullMarked
package dev.descent.internal.format;

import org.jspecify.annotations.NullMarked;
