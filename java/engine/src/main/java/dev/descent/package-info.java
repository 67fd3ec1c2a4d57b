/// The entrance: [dev.descent.Engine], and the exceptions that everything here throws.
@NullMarked
package dev.descent;

import org.jspecify.annotations.NullMarked;
