package dev.fairlead.config;

import java.time.Duration;
import java.util.Optional;

/**
 * A small service beside each server that says how much of the traffic it wants (haproxy's
 * agent-check).
 *
 * @param port of the agent on each server, where the server names no other address
 * @param interval from one question to the next
 * @param timeout for one question
 * @param send sent before reading; empty = nothing
 */
public record AgentConfig(int port, Duration interval, Duration timeout, Optional<String> send) {}
