package dev.fairlead.lb;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a session that has ended, for the access log.
 *
 * @param beganAtMillis when it was accepted, by the wall clock
 * @param client its address: the one its PROXY protocol header names, if there was one
 * @param clientPort 0 where there is none
 * @param server null = none was found for it
 * @param queueNanos waited for places on servers; -1 = it ended before it was looked for any
 * @param connectNanos from then until the server was connected to, failed attempts included; -1 =
 *     it never was
 * @param totalNanos from accept to end
 * @param bytesFromClient that the server was sent
 * @param bytesToClient that the client was sent
 * @param end why it ended
 * @param termination haproxy's two letters for that, see {@link Termination}
 * @param retries attempts to connect after the first
 * @param redispatched whether one of them went to another server than the one before it
 * @param counts what else there was at that moment
 */
public record SessionRecord(
    long beganAtMillis,
    ClientAddress client,
    int clientPort,
    String frontend,
    String backend,
    @Nullable String server,
    long queueNanos,
    long connectNanos,
    long totalNanos,
    long bytesFromClient,
    long bytesToClient,
    SessionEnd end,
    String termination,
    int retries,
    boolean redispatched,
    Counts counts) {

  /**
   * How many there were at the end. As haproxy counts: this one is among those of the process and
   * of the frontend, and has left its backend and its server already.
   *
   * @param process sessions of all frontends
   * @param frontend sessions of its frontend
   * @param backend sessions of its backend, those that wait included
   * @param server sessions of its server
   * @param aheadForServer that waited for its server when it began to wait
   * @param aheadForAny that waited for any server then
   */
  public record Counts(
      int process, int frontend, int backend, int server, int aheadForServer, int aheadForAny) {}
}
