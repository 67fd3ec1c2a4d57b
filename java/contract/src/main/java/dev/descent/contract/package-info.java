/// What every backend must do, as JUnit tests to extend.
@NullMarked
package dev.descent.contract;

import org.jspecify.annotations.NullMarked;
