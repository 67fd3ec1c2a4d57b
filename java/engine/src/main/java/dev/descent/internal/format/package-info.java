/// Not for users: the formats that the engine and the command line write and read: JSON, PNG, files
/// that are replaced whole, and text that is safe to print.
@NullMarked
package dev.descent.internal.format;

import org.jspecify.annotations.NullMarked;
