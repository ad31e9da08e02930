/**
 * Tells others when a virtual router changes state: programs and web services.
 *
 * <p>The control loop owns the queues and decides who is told what; an attempt itself may take
 * seconds, and runs on a virtual thread. Nobody in the election ever waits for it.
 */
@NullMarked
package dev.fairlead.daemon.hook;

import org.jspecify.annotations.NullMarked;
