/**
 * Asks one server one question: a TCP connect, a TLS handshake, or an HTTP GET.
 *
 * <p>Sockets live on the probes loop, never on the control loop, since a TLS handshake costs
 * milliseconds of CPU. Files (CA, certificate, key, token) are read on virtual threads. Nothing
 * here decides about a server's state; every way to fail becomes a {@link
 * dev.fairlead.health.CheckResult} with a sentence for people.
 */
@NullMarked
package dev.fairlead.health.probe;

import org.jspecify.annotations.NullMarked;
