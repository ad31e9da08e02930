/**
 * What virtual routers track beside Fairlead itself: interfaces, scripts, files, processes.
 *
 * <p>The control loop owns all of it. Looking at something may block, and happens on virtual
 * threads; what a look has found comes back as a value. Whether a virtual router resigns is decided
 * elsewhere.
 */
@NullMarked
package dev.fairlead.daemon.track;

import org.jspecify.annotations.NullMarked;
