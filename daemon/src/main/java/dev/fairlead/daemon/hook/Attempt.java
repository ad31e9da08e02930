package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig;
import dev.fairlead.config.HookConfig.Action;
import dev.fairlead.program.Program;
import dev.fairlead.program.Program.Leftovers;
import java.util.ArrayList;
import java.util.List;

/** One attempt to tell somebody. Blocks. */
final class Attempt {

  /** How it ended. */
  record Outcome(boolean succeeded, String detail) {}

  private Attempt() {}

  static Outcome make(HookConfig hook, HookEvent event) throws InterruptedException {
    return switch (hook.action()) {
      case Action.Command command -> run(program(hook, command, event), event);
      case Action.Webhook webhook -> WebhookRequest.send(webhook, event, hook.timeout());
    };
  }

  private static Program program(HookConfig hook, Action.Command command, HookEvent event) {
    List<String> words = new ArrayList<>(command.command());
    if (command.keepalivedArguments()) {
      words.addAll(event.keepalivedArguments());
    }
    return new Program(words, command.user(), hook.timeout(), Leftovers.STAY);
  }

  private static Outcome run(Program program, HookEvent event) throws InterruptedException {
    Program.Outcome outcome = program.run(event.environment());
    boolean succeeded = outcome instanceof Program.Outcome.Ended ended && ended.status() == 0;
    return new Outcome(succeeded, outcome.detail());
  }
}
