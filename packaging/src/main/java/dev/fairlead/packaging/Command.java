package dev.fairlead.packaging;

import java.io.IOException;

/** Runs a program to its end, its output going to ours. */
final class Command {

  private Command() {}

  static void run(String... command) throws IOException, InterruptedException {
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + exit);
    }
  }
}
