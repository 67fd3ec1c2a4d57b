/// Readers of data files: IDX, CSV, and both in gzip and ZIP archives.
@NullMarked
package dev.descent.data.read;

import org.jspecify.annotations.NullMarked;
