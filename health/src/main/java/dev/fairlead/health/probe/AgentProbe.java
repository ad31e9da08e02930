package dev.fairlead.health.probe;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Asks an agent for its one line (haproxy's agent-check protocol); what it means others decide. */
final class AgentProbe implements Probe {

  /** A line of a few words; what is longer is cut. */
  private static final int MAX_LINE_BYTES = 512;

  private final EventLoop loop;
  private final InetSocketAddress address;
  private final AgentConfig agent;

  AgentProbe(EventLoop loop, InetSocketAddress address, AgentConfig agent) {
    this.loop = loop;
    this.address = address;
    this.agent = agent;
  }

  @Override
  public void run(boolean fresh, Consumer<CheckResult> done) {
    Attempt attempt = new Attempt(loop, agent.timeout(), done);
    attempt.connect(
        new Bootstrap().handler(new Handlers(new Line(attempt))),
        Way.PLAIN,
        address,
        channel -> {});
  }

  private final class Line extends ChannelInboundHandlerAdapter {

    private final Attempt attempt;
    private final StringBuilder line = new StringBuilder();

    Line(Attempt attempt) {
      this.attempt = attempt;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      attempt.enter(Attempt.Stage.RESPONSE);
      agent
          .send()
          .ifPresent(
              text -> ctx.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      try {
        if (message instanceof ByteBuf bytes) {
          read(ctx, bytes);
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
      while (bytes.isReadable()) {
        char next = (char) (bytes.readByte() & 0xff);
        if (next == '\n' || line.length() == MAX_LINE_BYTES) {
          said(ctx);
          return;
        }
        // It ends up in logs and on terminals.
        line.append(next == '\t' || (next >= ' ' && next < 0x7f) ? next : ' ');
      }
    }

    private void said(ChannelHandlerContext ctx) {
      attempt.succeed(new CheckResult(Outcome.OK, line.toString().strip(), 0, attempt.elapsed()));
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (line.isEmpty()) {
        attempt.fail(Failure.closed("without a word"));
      } else {
        said(ctx);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      attempt.fail(Failure.ofConnected(cause, false, ""));
      ctx.close();
    }
  }
}
