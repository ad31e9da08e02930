package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.util.Optional;

/**
 * One master of the demo: an API server, and a Fairlead unless this is the demo on loopback, where
 * one Fairlead stands in front of all.
 */
final class Master {

  private final String name;
  private final String address;
  private final StandIn apiServer;
  private final Optional<FairleadProcess> fairlead;
  private volatile boolean crashed;

  Master(String name, String address, StandIn apiServer, Optional<FairleadProcess> fairlead) {
    this.name = name;
    this.address = address;
    this.apiServer = apiServer;
    this.fairlead = fairlead;
  }

  String name() {
    return name;
  }

  String address() {
    return address;
  }

  StandIn apiServer() {
    return apiServer;
  }

  Optional<FairleadProcess> fairlead() {
    return fairlead;
  }

  boolean isCrashed() {
    return crashed;
  }

  /** As when the power cord is pulled: nothing on it gets a last word. */
  void crash(Lan lan) throws IOException, InterruptedException {
    crashed = true;
    lan.unplug(name);
    lan.killAll(name);
    apiServer.kill();
    if (fairlead.isPresent()) {
      fairlead.get().kill();
    }
  }

  /** Power is back: the machine boots and starts what it runs. */
  void boot(Lan lan) throws IOException, InterruptedException {
    lan.plug(name);
    crashed = false;
    apiServer.start();
    if (fairlead.isPresent()) {
      fairlead.get().start();
    }
  }

  boolean isVirtualRouterMaster() {
    return fairlead.flatMap(FairleadProcess::status).map(NodeStatus::isMaster).orElse(false);
  }
}
