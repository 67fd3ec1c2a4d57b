/// Data sets: their readers, the well-known ones by name, and one that is drawn.
@NullMarked
package dev.descent.data;

import org.jspecify.annotations.NullMarked;
