/**
 * The data path: accept, choose, connect, relay, finish.
 *
 * <p>Sessions live on Netty's epoll loop as {@code EpollIoHandle}s without a {@code Channel},
 * because a channel for each side costs more than twice the system calls. Everything here belongs
 * to one event loop unless it says otherwise, and nothing here blocks, locks or allocates per read.
 */
@NullMarked
package dev.fairlead.lb.relay;

import org.jspecify.annotations.NullMarked;
