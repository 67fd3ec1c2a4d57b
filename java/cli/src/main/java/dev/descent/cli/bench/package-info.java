/// What `descent bench` measures: how often, what, and whether the results are right.
@NullMarked
package dev.descent.cli.bench;

import org.jspecify.annotations.NullMarked;
