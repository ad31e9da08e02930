package dev.fairlead.lb.relay;

import dev.fairlead.lb.backend.Server;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Race}s of one event loop: one timer for all of them, and what they are reused from.
 *
 * <p>Nearly every session is answered before its race is due, and then leaves the list at once: it
 * is used for the next one. The timer stays set for the one that would have been due first, and is
 * set anew when it fires: a loop with thousands of new connections a second wakes up for this, and
 * allocates for it, some twenty times a second.
 */
final class Races {

  /** Races that are due within this time of each other share one wake-up. */
  private static final long SAME_MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final int REUSED = 256;

  /** Most ClientHellos are shorter, also with a post-quantum key share. */
  private static final int USUAL_BYTES = 2048;

  private static final int REUSED_CHUNKS = 64;

  /** Clients of servers that are silent for long, all of them: some hundreds of kilobytes. */
  private static final int MOST_KEPT_BYTES = 4 << 20;

  private final RelayLoop loop;

  /** Those that wait for something, in the order in which they began to. */
  private @Nullable Race first;

  private @Nullable Race last;

  /** While all are looked at: the next one, which may leave the list before its turn. */
  private @Nullable Race following;

  private final Runnable wake = this::wake;
  private final ArrayDeque<Race> unused = new ArrayDeque<>();
  private final ArrayDeque<Chunk> unusedChunks = new ArrayDeque<>();
  private int keptBytes;
  private int kept;
  private boolean running;
  private boolean armed;
  private long armedFor;

  Races(RelayLoop loop) {
    this.loop = loop;
  }

  /** For a session whose server may keep it waiting; {@link Race#end} gives it back. */
  Race begin(Session session) {
    Race race = unused.pollLast();
    if (race == null) {
      race = new Race(this);
    }
    race.begin(session);
    return race;
  }

  void ended(Race race) {
    remove(race);
    reuse(race);
  }

  private void reuse(Race race) {
    if (unused.size() < REUSED) {
      unused.addLast(race);
    }
  }

  /** It is to be looked at when it is due. */
  void await(Race race) {
    add(race);
    if (running) {
      return; // The timer is set when all have been looked at.
    }
    if (!armed || race.dueAt() - armedFor < -SAME_MOMENT_NANOS) {
      arm(race.dueAt(), System.nanoTime());
    }
  }

  private void add(Race race) {
    if (race.listed) {
      return;
    }
    race.listed = true;
    race.previous = last;
    if (last == null) {
      first = race;
    } else {
      last.next = race;
    }
    last = race;
  }

  private void remove(Race race) {
    if (!race.listed) {
      return;
    }
    race.listed = false;
    Race before = race.previous;
    Race after = race.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    if (following == race) {
      following = after;
    }
    race.previous = null;
    race.next = null;
  }

  private void arm(long dueAt, long now) {
    armed = true;
    armedFor = dueAt;
    loop.schedule(wake, Math.max(0, dueAt - now));
  }

  private void wake() {
    long now = System.nanoTime();
    if (!armed || now - armedFor < 0) {
      return; // Set before an earlier one was, which has been served.
    }
    armed = false;
    running = true;
    for (Race race = first; race != null; race = following) {
      following = race.next;
      look(race, now);
    }
    running = false;
    setTimer(now);
  }

  private void look(Race race, long now) {
    if (!race.isDue() || now - race.dueAt() < 0) {
      return;
    }
    Session session = race.session();
    try {
      race.due(now);
    } catch (RuntimeException | Error e) {
      // The timer of all others must live on.
      if (session != null) {
        session.broken(e);
      }
    }
  }

  private void setTimer(long now) {
    boolean any = false;
    long earliest = 0;
    for (Race race = first; race != null; race = race.next) {
      if (race.isDue() && (!any || race.dueAt() - earliest < 0)) {
        earliest = race.dueAt();
        any = true;
      }
    }
    if (any) {
      arm(Math.max(earliest, now + SAME_MOMENT_NANOS), now);
    }
  }

  /** A check has found this server dead. */
  void lost(Server server) {
    for (Race race = first; race != null; race = following) {
      following = race.next;
      race.lost(server);
    }
  }

  /** For so many bytes and perhaps more; null when there are too many, or no memory. */
  @Nullable Chunk room(int bytes) {
    Chunk chunk = bytes <= USUAL_BYTES ? unusedChunks.pollLast() : null;
    if (chunk == null) {
      int size = bytes <= USUAL_BYTES ? USUAL_BYTES : ClientHello.MOST_BYTES;
      if (bytes > ClientHello.MOST_BYTES || keptBytes + size > MOST_KEPT_BYTES) {
        return null;
      }
      try {
        chunk = new Chunk(size);
      } catch (OutOfMemoryError e) {
        return null; // The direct memory is used up: then nothing is sent twice.
      }
    }
    keptBytes += chunk.capacity();
    kept++;
    return chunk;
  }

  /** The same bytes with room for so many more; null as with {@link #room}. */
  @Nullable Chunk grow(Chunk chunk, int more) {
    int bytes = chunk.end() + more;
    if (bytes <= chunk.capacity()) {
      return chunk;
    }
    Chunk larger = room(bytes);
    if (larger != null) {
      larger.append(chunk, chunk.end());
      release(chunk);
    }
    return larger;
  }

  void release(@Nullable Chunk chunk) {
    if (chunk == null) {
      return;
    }
    keptBytes -= chunk.capacity();
    kept--;
    chunk.clear();
    if (chunk.capacity() == USUAL_BYTES && unusedChunks.size() < REUSED_CHUNKS) {
      unusedChunks.addLast(chunk);
    } else {
      chunk.free();
    }
  }

  /** ClientHellos in memory. */
  int kept() {
    return kept;
  }

  /** No session may be left. */
  void close() {
    unusedChunks.forEach(Chunk::free);
    unusedChunks.clear();
  }
}
