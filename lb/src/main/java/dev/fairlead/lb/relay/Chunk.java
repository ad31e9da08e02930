package dev.fairlead.lb.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;

/** Native memory that holds bytes a peer has not taken yet; {@link Chunks} owns it. */
final class Chunk {

  /** As much as one read can bring, so that a partly written read always fits. */
  static final int CAPACITY = 64 * 1024;

  private final ByteBuf memory;
  private final long address;
  private int start;
  private int end;

  /**
   * @throws OutOfMemoryError the JVM's direct memory is used up
   */
  Chunk(int capacityBytes) {
    memory = UnpooledByteBufAllocator.DEFAULT.directBuffer(capacityBytes, capacityBytes);
    address = memory.memoryAddress();
  }

  int capacity() {
    return memory.capacity();
  }

  /** For system calls that take an address. */
  long address() {
    return address;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  boolean isEmpty() {
    return start == end;
  }

  /** Copies {@code [offset, limit)} of another chunk's memory. */
  void fill(Chunk from, int offset, int limit) {
    memory.setBytes(0, from.memory, offset, limit - offset);
    start = 0;
    end = limit - offset;
  }

  /** Its first bytes, whatever has been written there. */
  ByteBuffer bytes(int count) {
    return memory.nioBuffer(0, count);
  }

  /** Puts bytes at its beginning. */
  void put(byte[] bytes) {
    memory.setBytes(0, bytes);
  }

  /** Copies {@code [0, count)} of another chunk's memory behind what is there. */
  void append(Chunk from, int count) {
    memory.setBytes(end, from.memory, 0, count);
    end += count;
  }

  byte first() {
    return memory.getByte(0);
  }

  /** What is there, for those who think about it. */
  byte[] toArray() {
    byte[] bytes = new byte[end - start];
    memory.getBytes(start, bytes);
    return bytes;
  }

  /**
   * Copies what another one holds behind {@code offset} of its own, as much as there is room for.
   *
   * @return how much that was
   */
  int append(int offset, Chunk other) {
    int count = Math.min(other.end - other.start, capacity() - offset);
    memory.setBytes(offset, other.memory, other.start, count);
    return count;
  }

  /** What a system call has put between {@code offset} and {@code limit} stays here. */
  void keep(int offset, int limit) {
    start = offset;
    end = limit;
  }

  void consume(int count) {
    start += count;
  }

  void clear() {
    start = 0;
    end = 0;
  }

  void free() {
    memory.release();
  }
}
