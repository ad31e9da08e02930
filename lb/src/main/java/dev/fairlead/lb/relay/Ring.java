package dev.fairlead.lb.relay;

import io.netty.channel.unix.FileDescriptor;
import io.netty.util.internal.PlatformDependent;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An io_uring with prepared receives and sends, of which any number is done with one system call.
 *
 * <p>It is used as a faster way to make many calls that do not block, and for nothing else: each
 * operation says MSG_DONTWAIT and is done when {@link #submit} returns. So nothing is ever under
 * way, nothing has to be cancelled, and a descriptor can be closed as ever. Waiting stays with
 * epoll; the alternatives (multishot receives into provided buffers, multishot poll, direct
 * descriptors, accept and connect by the ring) were measured and brought no more
 * (benchmarks/README.md).
 *
 * <p>Entry {@code k} receives into, and entry {@code slots + k} sends from, the memory of slot
 * {@code k}. What does not change is written once: an operation costs its descriptor, and for a
 * send its length and flags.
 *
 * <p>Belongs to the thread that opens it.
 */
final class Ring {

  /** A result that has not come: the operation was not done. */
  static final int NOT_DONE = Integer.MIN_VALUE;

  /** asm-generic/errno-base.h. */
  static final int EAGAIN = 11;

  private static final int EPERM = 1;
  private static final int ENOMEM = 12;
  private static final int EINVAL = 22;
  private static final int ENOSYS = 38;

  /**
   * SUBMIT_ALL (5.18), COOP_TASKRUN (5.19), SINGLE_ISSUER (6.0), DEFER_TASKRUN (6.1): the last two
   * spare the kernel a lock for each result. linux/io_uring.h, as everything below.
   */
  private static final int SETUP_FLAGS = 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13;

  private static final int FEATURE_SINGLE_MMAP = 1;
  private static final long OFFSET_RINGS = 0;
  private static final long OFFSET_ENTRIES = 0x10000000L;
  private static final int ENTER_GETEVENTS = 1;
  private static final int ENTER_REGISTERED_RING = 1 << 4;
  private static final int REGISTER_RING_FDS = 20;

  private static final int PARAMETERS_BYTES = 120;
  private static final int SQ_OFFSETS = 40;
  private static final int CQ_OFFSETS = 80;

  private static final int ENTRY_BYTES = 64;
  private static final int ENTRY_FD = 4;
  private static final int ENTRY_ADDRESS = 16;
  private static final int ENTRY_LENGTH = 24;
  private static final int ENTRY_MESSAGE_FLAGS = 28;
  private static final int ENTRY_USER_DATA = 32;
  private static final int RESULT_BYTES = 16;
  private static final byte OP_SEND = 26;
  private static final byte OP_RECEIVE = 27;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_MORE = 0x8000;

  /** A ring, or why there is none. */
  record Opening(@Nullable Ring ring, String refusal) {}

  private final FileDescriptor descriptor;
  private final int slots;
  private final long rings;
  private final long ringsBytes;
  private final long entries;
  private final long entriesBytes;

  private final long array;
  private final int submissionMask;
  private final long submissionTail;
  private final long completionHead;
  private final long completionTail;
  private final int completionMask;
  private final long completions;

  /** What io_uring_enter is told: an index when the kernel knows the descriptor by one. */
  private final int enterDescriptor;

  private final int enterFlags;

  private int tail;
  private int submitted;
  private int head;
  private final int[] results;

  private Ring(int number, int slots, long parameters, long rings, long ringsBytes, long entries) {
    descriptor = new FileDescriptor(number);
    this.slots = slots;
    this.rings = rings;
    this.ringsBytes = ringsBytes;
    this.entries = entries;
    entriesBytes = (long) PlatformDependent.getInt(parameters) * ENTRY_BYTES;
    submissionTail = rings + PlatformDependent.getInt(parameters + SQ_OFFSETS + 4);
    submissionMask =
        PlatformDependent.getInt(rings + PlatformDependent.getInt(parameters + SQ_OFFSETS + 8));
    array = rings + PlatformDependent.getInt(parameters + SQ_OFFSETS + 24);
    completionHead = rings + PlatformDependent.getInt(parameters + CQ_OFFSETS);
    completionTail = rings + PlatformDependent.getInt(parameters + CQ_OFFSETS + 4);
    completionMask =
        PlatformDependent.getInt(rings + PlatformDependent.getInt(parameters + CQ_OFFSETS + 8));
    completions = rings + PlatformDependent.getInt(parameters + CQ_OFFSETS + 20);
    results = new int[2 * slots];
    int index = registered(number, parameters);
    enterDescriptor = index < 0 ? number : index;
    enterFlags = index < 0 ? 0 : ENTER_REGISTERED_RING;
  }

  /**
   * Opens a ring for the calling thread.
   *
   * @param slots a power of two
   */
  static Opening open(int slots) {
    if (!PlatformDependent.hasUnsafe()) {
      return new Opening(null, "the JVM runs without --sun-misc-unsafe-memory-access=allow");
    }
    long parameters = PlatformDependent.allocateMemory(PARAMETERS_BYTES);
    try {
      PlatformDependent.setMemory(parameters, PARAMETERS_BYTES, (byte) 0);
      PlatformDependent.putInt(parameters + 8, SETUP_FLAGS);
      int number = RingCalls.setup(2 * slots, parameters);
      if (number < 0) {
        return new Opening(null, reason(-number));
      }
      int offered = PlatformDependent.getInt(parameters);
      long arrayEnd =
          PlatformDependent.getInt(parameters + SQ_OFFSETS + 24) + (long) offered * Integer.BYTES;
      long resultsEnd =
          PlatformDependent.getInt(parameters + CQ_OFFSETS + 20)
              + (long) PlatformDependent.getInt(parameters + 4) * RESULT_BYTES;
      long ringsBytes = Math.max(arrayEnd, resultsEnd);
      long rings = RingCalls.map(number, OFFSET_RINGS, ringsBytes);
      long entries = RingCalls.map(number, OFFSET_ENTRIES, (long) offered * ENTRY_BYTES);
      if (rings < 0
          || entries < 0
          || (PlatformDependent.getInt(parameters + 20) & FEATURE_SINGLE_MMAP) == 0) {
        Descriptors.close(new FileDescriptor(number));
        return new Opening(null, "its memory cannot be mapped");
      }
      return new Opening(new Ring(number, slots, parameters, rings, ringsBytes, entries), "");
    } finally {
      PlatformDependent.freeMemory(parameters);
    }
  }

  private static String reason(int errno) {
    return switch (errno) {
      case ENOSYS -> "this kernel has no io_uring";
      case EPERM -> "not allowed here (kernel.io_uring_disabled, seccomp)";
      case EINVAL -> "this kernel is older than 6.1";
      case ENOMEM -> "out of memory (RLIMIT_MEMLOCK)";
      default -> "error " + errno;
    };
  }

  /** Spares each call the look-up of the descriptor; a negative number where it is refused. */
  private static int registered(int number, long scratch) {
    PlatformDependent.putInt(scratch, -1);
    PlatformDependent.putInt(scratch + 4, 0);
    PlatformDependent.putLong(scratch + 8, number);
    int count = RingCalls.register(number, REGISTER_RING_FDS, scratch, 1);
    return count == 1 ? PlatformDependent.getInt(scratch) : -1;
  }

  /** Gives a slot its memory. */
  void slot(int slot, long address, int bytes) {
    prepare(slot, OP_RECEIVE, address, bytes, MSG_DONTWAIT);
    prepare(slots + slot, OP_SEND, address, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  /** Adds: receive from this socket into this slot. */
  void receive(int slot, int socket) {
    PlatformDependent.putInt(entries + (long) slot * ENTRY_BYTES + ENTRY_FD, socket);
    add(slot);
  }

  /**
   * Adds: send this slot's first bytes to this socket.
   *
   * @param more whether they may wait for the end that follows at once
   */
  void send(int slot, int socket, int bytes, boolean more) {
    int index = slots + slot;
    long entry = entries + (long) index * ENTRY_BYTES;
    PlatformDependent.putInt(entry + ENTRY_FD, socket);
    PlatformDependent.putInt(entry + ENTRY_LENGTH, bytes);
    PlatformDependent.putInt(
        entry + ENTRY_MESSAGE_FLAGS, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    add(index);
  }

  /**
   * Does all that was added.
   *
   * @return false when the kernel has not done all of it: the ring is of no use any more
   */
  boolean submit() {
    VarHandle.releaseFence();
    PlatformDependent.putInt(submissionTail, tail);
    VarHandle.releaseFence();
    int wanted = tail - submitted;
    int taken = RingCalls.enter(enterDescriptor, wanted, wanted, enterFlags | ENTER_GETEVENTS);
    submitted = tail;
    int until = PlatformDependent.getInt(completionTail);
    VarHandle.acquireFence();
    int done = 0;
    for (; head != until; head++, done++) {
      long result = completions + (long) (head & completionMask) * RESULT_BYTES;
      results[(int) PlatformDependent.getLong(result)] = PlatformDependent.getInt(result + 8);
    }
    VarHandle.releaseFence();
    PlatformDependent.putInt(completionHead, head);
    return taken == wanted && done == wanted;
  }

  /** Bytes received, 0 for the end, a negative errno, or {@link #NOT_DONE}. */
  int received(int slot) {
    return results[slot];
  }

  /** Bytes sent, a negative errno, or {@link #NOT_DONE}. */
  int sent(int slot) {
    return results[slots + slot];
  }

  void close() {
    RingCalls.unmap(entries, entriesBytes);
    RingCalls.unmap(rings, ringsBytes);
    Descriptors.close(descriptor);
  }

  private void add(int index) {
    results[index] = NOT_DONE;
    PlatformDependent.putInt(array + (long) (tail & submissionMask) * Integer.BYTES, index);
    tail++;
  }

  private void prepare(int index, byte operation, long address, int bytes, int messageFlags) {
    long entry = entries + (long) index * ENTRY_BYTES;
    PlatformDependent.setMemory(entry, ENTRY_BYTES, (byte) 0);
    // The byte at the entry's lowest address; flags and priority beside it are 0.
    PlatformDependent.setMemory(entry, 1, operation);
    PlatformDependent.putLong(entry + ENTRY_ADDRESS, address);
    PlatformDependent.putInt(entry + ENTRY_LENGTH, bytes);
    PlatformDependent.putInt(entry + ENTRY_MESSAGE_FLAGS, messageFlags);
    PlatformDependent.putLong(entry + ENTRY_USER_DATA, index);
  }
}
