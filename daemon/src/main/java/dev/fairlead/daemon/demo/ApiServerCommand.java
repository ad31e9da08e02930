package dev.fairlead.daemon.demo;

import dev.fairlead.daemon.Signals;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.Callable;
import javax.net.ssl.KeyManagerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A process that answers like an API server, for the demo and the end-to-end tests.
 *
 * <p>Reads commands from standard input, one a line: {@code ready}, {@code unready}, {@code slow
 * MILLISECONDS}, {@code shutdown-delay MILLISECONDS}. It ends when standard input does, so it
 * cannot outlive whoever started it; SIGTERM ends it gracefully, see {@link ApiServerLife}.
 */
@Command(
    name = "api-server",
    hidden = true,
    description = "Answers like an API server; started by the demo.")
final class ApiServerCommand implements Callable<Integer> {

  @Option(names = "--listen", required = true, paramLabel = "ADDRESS:PORT")
  String listen = "";

  @Option(names = "--name", required = true)
  String name = "";

  @Option(names = "--keystore", required = true, paramLabel = "FILE")
  Path keystore = Path.of("");

  @Option(names = "--start-up", paramLabel = "SILENT,FORBIDDEN,UNREADY")
  String startUp = StartUp.AT_ONCE.toText();

  @Override
  public Integer call() throws IOException, GeneralSecurityException, InterruptedException {
    SslContext tls = serverContext(keystore);
    ApiServerBehaviour behaviour = new ApiServerBehaviour(name);
    ApiServerLife life = new ApiServerLife(behaviour);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    InetSocketAddress address = Endpoint.parse(listen);
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            tls.newHandler(channel.alloc()),
                            new HttpServerCodec(),
                            new ApiServerHandler(behaviour, life));
                  }
                })
            .bind(address)
            .sync();
    System.out.println("listening " + bound.channel().localAddress());
    Signals.onStop((_, _) -> bound.channel().eventLoop().execute(() -> life.end(bound.channel())));
    life.begin(bound.channel(), StartUp.parse(startUp));
    obey(behaviour);
    return 0;
  }

  private static void obey(ApiServerBehaviour behaviour) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      behaviour.obey(line);
      System.out.println("now " + line);
    }
    // The event loop's thread is not a daemon: without this the process would stay.
    Runtime.getRuntime().halt(0);
  }

  private static SslContext serverContext(Path keystore)
      throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keystore)) {
      keys.load(in, RunCertificate.PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, RunCertificate.PASSWORD.toCharArray());
    // The JDK's TLS, unless somebody has put a faster one on the class path (benchmarks/apiserver).
    return SslContextBuilder.forServer(factory).build();
  }
}
