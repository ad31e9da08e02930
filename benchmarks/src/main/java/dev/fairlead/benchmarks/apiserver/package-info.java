/**
 * What clients of Kubernetes API servers notice when something happens to a server, through
 * Fairlead and through haproxy at the same moment.
 *
 * <p>{@link dev.fairlead.benchmarks.apiserver.Ground} holds the servers, the balancers in front of
 * them and a steady client for each; {@link dev.fairlead.benchmarks.apiserver.Fault} says what
 * happens; {@link dev.fairlead.benchmarks.apiserver.Episode} is what one client saw of it, a
 * function of its log. All of it sees the balancers from outside only.
 */
@NullMarked
package dev.fairlead.benchmarks.apiserver;

import org.jspecify.annotations.NullMarked;
