/// Safetensors files: tensors with names, as models and checkpoints are saved.
@NullMarked
package dev.descent.format;

import org.jspecify.annotations.NullMarked;
