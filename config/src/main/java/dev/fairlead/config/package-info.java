/**
 * The whole configuration as immutable records, and what a reader found while building it.
 *
 * <p>Readers of file formats live in sub-packages ({@code config.hocon}); nothing else in the
 * product has heard of any file format. Values here are complete: every default has been filled in,
 * every reference resolved, and they may be shared between threads.
 */
@NullMarked
package dev.fairlead.config;

import org.jspecify.annotations.NullMarked;
