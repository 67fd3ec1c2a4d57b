/// How long a prediction takes, beside ONNX Runtime and a plain loop.
@NullMarked
package dev.descent.peers.latency;

import org.jspecify.annotations.NullMarked;
