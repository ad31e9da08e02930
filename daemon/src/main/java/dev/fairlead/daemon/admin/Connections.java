package dev.fairlead.daemon.admin;

import io.netty.channel.Channel;

/** Counts the open connections of one admin listener, so that nobody exhausts us through it. */
final class Connections {

  /** Loop only. */
  private int open;

  /** Counts the channel until it closes; closes it at once when there are {@code limit} already. */
  boolean admit(Channel channel, int limit) {
    if (open >= limit) {
      channel.close();
      return false;
    }
    open++;
    channel.closeFuture().addListener(closed -> open--);
    return true;
  }
}
