package dev.fairlead.lb.relay;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Relays of one event loop that have something to read, which are read with one system call and
 * written with another.
 *
 * <p>With small messages a relay's time goes into the kernel, and where entering it is dear
 * (mitigations, virtual machines) a good part of that into entering it four times for each request
 * and answer. A loop with a dozen ready connections enters it twice through a {@link Ring}.
 *
 * <p>Only the plain case is handled here: the peer takes everything, nothing is kept from before,
 * messages are small. For everything else a relay is pumped, as it is without a ring: that is the
 * one place for splicing, for kept bytes, for fairness among streams. A slot whose bytes a peer did
 * not take whole becomes the chunk that keeps the rest, so there is always memory for it.
 *
 * <p>No callback into a session happens between the first receive and the last send of a round, and
 * no descriptor is closed within a turn, so those that were asked about are still the same.
 */
final class Batch {

  /** Bytes received at once; who has more is pumped. */
  static final int SLOT_BYTES = Chunks.CRUMB_BYTES;

  /** Operations with one system call. */
  private static final int SLOTS = 64;

  /** Relays that can wait for the end of a turn; others are pumped at once. */
  private static final int MOST = 1024;

  /** With fewer, a call for each read and write costs less. */
  private static final int FEW = 3;

  /** Arrivals in a tick of 100 ms with which it is worth a try. */
  private static final int BUSY = 400;

  private final RelayLoop loop;
  private final Relay[] members = new Relay[SLOTS];
  private final @Nullable Chunk[] slots = new @Nullable Chunk[SLOTS];
  private final Runnable flush = this::flush;
  private @Nullable Relay[] waiting = new @Nullable Relay[0];
  private int count;

  private boolean enabled;
  private @Nullable Ring ring;

  /** Whether there is so little to do that nobody is gathered: that alone costs a task a turn. */
  private boolean idle = true;

  /** Since the last tick: relays that had something, turns in which one was gathered. */
  private int arrivals;

  private int flushes;

  /** Fewer ready relays than this are pumped one by one. */
  private int fewest = FEW;

  Batch(RelayLoop loop) {
    this.loop = loop;
  }

  boolean isOpen() {
    return ring != null;
  }

  /**
   * Gathers relays from now on, and asks for a ring when it would help.
   *
   * @param always it helps even when a turn has but one relay to offer
   */
  void enable(boolean always) {
    enabled = true;
    fewest = always ? 1 : FEW;
    idle = !always;
    if (waiting.length == 0) {
      waiting = new @Nullable Relay[MOST];
    }
  }

  void open(Ring with) {
    for (int slot = 0; slot < SLOTS; slot++) {
      refill(with, slot);
    }
    ring = with;
  }

  /** Ends the use of the ring; who waits is pumped at the end of the turn. */
  void disable() {
    enabled = false;
    Ring current = ring;
    ring = null;
    if (current == null) {
      return;
    }
    current.close();
    for (int slot = 0; slot < SLOTS; slot++) {
      Chunk chunk = slots[slot];
      if (chunk != null) {
        chunk.free();
        slots[slot] = null;
      }
    }
  }

  static Ring.Opening openRing() {
    return Ring.open(SLOTS);
  }

  /** Reads this relay at the end of the turn; false when it must be pumped instead. */
  boolean add(Relay relay) {
    if (!enabled) {
      return false;
    }
    arrivals++;
    if (idle || !relay.isPlain()) {
      return false;
    }
    if (relay.batched) {
      return true;
    }
    if (count == MOST) {
      return false;
    }
    if (count == 0) {
      // A task: Netty runs it when this turn's events have been handled.
      loop.execute(flush);
    }
    relay.batched = true;
    waiting[count++] = relay;
    return true;
  }

  /** Time has passed: looks whether gathering pays. */
  void tick() {
    if (fewest > 1) {
      idle = idle ? arrivals < BUSY : arrivals < flushes * 2;
    }
    arrivals = 0;
    flushes = 0;
  }

  private void flush() {
    flushes++;
    // Relays whose end is still to be read join in again while this runs.
    for (int from = 0; from < count; ) {
      int until = Math.min(count, from + SLOTS);
      int live = gather(from, until);
      from = until;
      Ring with = ring;
      if (live < fewest) {
        pumpAll(live);
      } else if (with == null) {
        pumpAll(live);
        if (enabled) {
          loop.openRing();
        }
      } else if (!loop.chunks().hasRoomForCrumbs(live)) {
        pumpAll(live);
      } else {
        tryRound(with, live);
      }
      Arrays.fill(members, 0, live, null);
    }
    count = 0;
  }

  private int gather(int from, int until) {
    int live = 0;
    for (int i = from; i < until; i++) {
      Relay relay = waiting[i];
      waiting[i] = null;
      if (relay == null) {
        continue;
      }
      relay.batched = false;
      // Since it was added its session may have ended, or its peer become full.
      if (relay.isPlain()) {
        members[live++] = relay;
      } else {
        relay.pumpAlone();
      }
    }
    return live;
  }

  private void pumpAll(int live) {
    for (int i = 0; i < live; i++) {
      members[i].pumpAlone();
    }
  }

  private void tryRound(Ring with, int live) {
    try {
      round(with, live);
    } catch (RuntimeException | Error e) {
      // What has been received and not sent is lost, so these sessions end. The others go on.
      for (int i = 0; i < live; i++) {
        members[i].broken(e);
      }
      loop.ringFailed();
    }
  }

  private void round(Ring with, int live) {
    for (int slot = 0; slot < live; slot++) {
      if (slots[slot] == null && !refill(with, slot)) {
        pumpAll(live);
        return;
      }
    }
    for (int slot = 0; slot < live; slot++) {
      with.receive(slot, members[slot].number());
    }
    boolean works = with.submit();
    int sends = 0;
    for (int slot = 0; slot < live; slot++) {
      int bytes = with.received(slot);
      if (bytes > 0) {
        members[slot].send(with, slot, bytes);
        sends++;
      }
    }
    if (sends > 0) {
      works &= with.submit();
    }
    for (int slot = 0; slot < live; slot++) {
      if (with.received(slot) > 0) {
        sent(with, slot);
      }
    }
    // Ends come last: what the other direction had to say has been said.
    for (int slot = 0; slot < live; slot++) {
      int result = with.received(slot);
      if (result == Ring.NOT_DONE) {
        members[slot].pumpAlone();
      } else if (result <= 0) {
        members[slot].receivedNothing(result);
      }
    }
    if (!works) {
      loop.ringFailed();
    }
  }

  private void sent(Ring with, int slot) {
    Relay relay = members[slot];
    Chunk chunk = slots[slot];
    if (chunk == null) {
      return;
    }
    int received = with.received(slot);
    if (relay.sent(received, with.sent(slot), chunk)) {
      loop.chunks().adopt(chunk);
      slots[slot] = null;
      return;
    }
    if (relay.readsOn() && !add(relay)) {
      relay.pump();
    }
  }

  private boolean refill(Ring with, int slot) {
    Chunk chunk = Chunks.crumb();
    if (chunk == null) {
      return false;
    }
    slots[slot] = chunk;
    with.slot(slot, chunk.address(), SLOT_BYTES);
    return true;
  }
}
