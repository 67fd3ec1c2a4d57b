/// File formats: safetensors, JSON, SVG, HTML pages, and files that are never left half-written.
@NullMarked
package dev.descent.format;

import org.jspecify.annotations.NullMarked;
