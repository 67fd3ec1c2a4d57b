/// The lessons: what training does, in numbers and pictures.
@NullMarked
package dev.descent.cli.lesson;

import org.jspecify.annotations.NullMarked;
