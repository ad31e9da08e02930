package dev.fairlead.health.probe;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;

/** Puts handlers made beforehand, for this one connection, into its pipeline. */
final class Handlers extends ChannelInitializer<Channel> {

  private final ChannelHandler[] handlers;

  Handlers(ChannelHandler... handlers) {
    this.handlers = handlers;
  }

  @Override
  protected void initChannel(Channel channel) {
    channel.pipeline().addLast(handlers);
  }
}
