/// The data sets that the engine knows by name, their downloads, and the digits that it draws
/// itself.
@NullMarked
package dev.descent.data.known;

import org.jspecify.annotations.NullMarked;
