/// Random inputs of tests.
@NullMarked
package dev.descent.testing;

import org.jspecify.annotations.NullMarked;
