/** Measures our parts beside their peers: one package for each part, below it one for each question. */
@NullMarked
package dev.chasqui.benchmarks;

import org.jspecify.annotations.NullMarked;
