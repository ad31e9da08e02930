/**
 * Where operators and machines ask a running process: HTTP for metrics and probes, a unix socket
 * for {@code fairlead status} and {@code fairlead reload}.
 *
 * <p>Server sides run on the {@code probes} loop and never compute there: whatever takes long, or
 * belongs to the control loop, is asked for elsewhere and answered when it arrives.
 */
@NullMarked
package dev.fairlead.daemon.admin;

import org.jspecify.annotations.NullMarked;
