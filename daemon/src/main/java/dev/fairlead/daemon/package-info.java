/**
 * The process: command line, wiring, reload, metrics, admin. The only module that knows all others.
 */
@NullMarked
package dev.fairlead.daemon;

import org.jspecify.annotations.NullMarked;
