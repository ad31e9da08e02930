package dev.fairlead.lb.balance;

/** The first in the file comes first, whatever its load: it is chosen until it is full. */
final class FileOrder implements Order {

  @Override
  public double key(int index) {
    return index;
  }

  @Override
  public void chosen(int index) {}

  @Override
  public void back(int index, double earliest) {}

  @Override
  public void reweigh(long nowNanos) {}

  @Override
  public double shifted() {
    return 0;
  }
}
