/// Models: layers, their weights, and how they start.
@NullMarked
package dev.descent.model;

import org.jspecify.annotations.NullMarked;
