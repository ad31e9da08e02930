package dev.fairlead.lb.relay;

import org.jspecify.annotations.Nullable;

/**
 * Sessions of one event loop in the order in which they joined. A session is in exactly one list,
 * so the links are its own fields and joining or leaving allocates nothing.
 */
final class SessionList {

  private @Nullable Session first;
  private @Nullable Session last;
  private int size;

  @Nullable Session first() {
    return first;
  }

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return size;
  }

  void add(Session session) {
    session.list = this;
    session.previous = last;
    session.next = null;
    if (last == null) {
      first = session;
    } else {
      last.next = session;
    }
    last = session;
    size++;
  }

  void remove(Session session) {
    Session before = session.previous;
    Session after = session.next;
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
    session.previous = null;
    session.next = null;
    session.list = null;
    size--;
  }
}
