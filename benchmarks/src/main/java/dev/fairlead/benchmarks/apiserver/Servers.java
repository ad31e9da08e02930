package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.daemon.demo.SteadyPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Three servers, each its own process on a host of its own. */
sealed interface Servers permits StandInServers, EtcdServers {

  /** Names of servers and of the hosts they live on. */
  List<String> names();

  /** What can happen to them. */
  List<Fault> faults();

  /** What balancers have to know. */
  Contender.Site site();

  /** What a client does that reaches them through a balancer. */
  SteadyPlan plan(String target, int rate, int watches, Duration deadline, List<String> sources);

  /** Starts one, which takes its time. */
  void start(String name) throws IOException, InterruptedException;

  /** When the process last started became ready, {@code nanoTime}; empty while it is not. */
  OptionalLong servingSince(String name) throws IOException, InterruptedException;

  /** kill -9, and waits until it is gone. */
  void kill(String name) throws IOException, InterruptedException;

  /** SIGTERM; it may serve for so long, saying that it is not ready. */
  void terminate(String name, Duration delay) throws IOException, InterruptedException;

  /** Sends a signal, e.g. {@code STOP}. */
  void signal(String name, String signal) throws IOException, InterruptedException;

  /** Holds every answer back for so long. */
  void slow(String name, Duration delay) throws IOException, InterruptedException;
}
