/** Reading and compiling a document of many flags. */
@NullMarked
package dev.chasqui.benchmarks.featureflags.load;

import org.jspecify.annotations.NullMarked;
