/// What a terminal can show: letters of its encoding, wide ones counted as two columns, lines
/// wrapped to its width, tables, and pictures made of letters.
@NullMarked
package dev.descent.cli.text;

import org.jspecify.annotations.NullMarked;
