package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.problems;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackConfig.Key;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect.Resign;
import dev.fairlead.config.VirtualRouterConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tracks and hooks: what is read, what is refused, and what weights can do. */
class TracksTest {

  private static final String CHECK = "track-scripts.chk.command = /bin/true\n";

  @TempDir Path folder;

  @Test
  void a_track_of_the_defaults_is_tracked_by_the_short_form() {
    Configuration configuration =
        valid(NODE1, Reads.SHORT + CHECK + "defaults.virtual-router.track.scripts = chk");
    VirtualRouterConfig router = configuration.virtualRouters().getFirst();
    assertThat(router.track().items())
        .containsExactly(new TrackedItem(new Key(Kind.SCRIPT, "chk"), new Resign()));
    assertThat(router.track().frontends()).containsExactly("api");
  }

  @Test
  void a_text_is_cut_at_its_spaces_and_no_shell_reads_it() {
    assertThat(command("\"/bin/ls  -l /tmp\"")).containsExactly("/bin/ls", "-l", "/tmp");
    assertThat(command("[/bin/sh, -c, \"ss -lnt | grep -q 9443\", 1]"))
        .containsExactly("/bin/sh", "-c", "ss -lnt | grep -q 9443", "1");
    assertThat(scriptProblems("\"/bin/bash -c 'exit 1'\""))
        .containsExactly(
            "f.conf:3: error: track-scripts.chk.command must be a program and arguments, for no"
                + " shell reads it, but is \"/bin/bash -c 'exit 1'\" (because of ': write a list,"
                + " [\"/bin/sh\", \"-c\", \"…\"] if a shell is meant)");
    assertThat(scriptProblems("\"/bin/ls $HOME\"").getFirst()).contains("because of $");
    assertThat(scriptProblems("check.sh").getFirst()).contains("a program's absolute path");
    assertThat(scriptProblems("[]").getFirst()).contains("a program's absolute path");
    assertThat(scriptProblems("/no/such/program"))
        .containsExactly(
            "f.conf:3: error: track-scripts.chk.command must be a program that can be executed, but"
                + " /no/such/program is not");
  }

  @Test
  void a_program_that_others_may_change_is_named() throws Exception {
    Path script = Files.writeString(folder.resolve("check"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxrwxr-x"));
    assertThat(scriptProblems(script.toString()))
        .singleElement()
        .asString()
        .startsWith("f.conf:3: warning: track-scripts.chk.command can be changed by others");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(scriptProblems(script.toString())).isEmpty();
  }

  @Test
  void unknown_names_and_users_are_refused_with_the_nearest_word() {
    assertThat(problems(NODE1, Reads.SHORT + CHECK + tracks("scripts = [chck]")))
        .containsExactly(
            "f.conf:3: warning: track-scripts.chk is tracked by no virtual router, and will not be"
                + " looked at",
            "f.conf:4: error: defaults.virtual-router.track.scripts[0] must be the name of one of"
                + " track-scripts (chk), but is chck (did you mean chk?)");
    assertThat(problems(NODE1, Reads.SHORT + tracks("interfaces = eth8")))
        .containsExactly(
            "f.conf:3: warning: defaults.virtual-router.track.interfaces is no interface of this"
                + " host now: eth8 counts as down until it is");
    assertThat(
            problems(
                NODE1,
                Reads.SHORT + CHECK + "track-scripts.chk.user = nobdy\n" + tracks("scripts = chk")))
        .containsExactly(
            "f.conf:4: error: track-scripts.chk.user must be a user in /etc/passwd, but there is no"
                + " nobdy");
  }

  @Test
  void counts_that_cannot_be_met_and_files_without_a_path_are_refused() {
    String definitions =
        """
        track-processes.a { executable = a, minimum = 3, maximum = 2 }
        track-processes.b { executable = b, minimum = 0 }
        track-processes.c { minimun = 1 }
        track-files.f { means = there }
        track-files.g { path = relative }
        """;
    assertThat(problems(NODE1, Reads.SHORT + definitions))
        .filteredOn(line -> line.contains("error"))
        .containsExactly(
            "f.conf:3: error: track-processes.a.maximum must be 0 (no limit) or at least minimum, 3,"
                + " but is 2",
            "f.conf:4: error: track-processes.b.minimum must be 1 or more where there is no maximum:"
                + " any count would do",
            "f.conf:5: error: track-processes.c.executable must be given",
            "f.conf:5: error: track-processes.c.minimun is not a known key (did you mean minimum?)",
            "f.conf:6: error: track-files.f.path must be given",
            "f.conf:6: error: track-files.f.means must be one of exists, absent, integer, but is"
                + " there",
            "f.conf:7: error: track-files.g.path must be an absolute path, but is relative");
  }

  /** The second guide that users follow: 100 - 10 is more than 80. */
  @Test
  void a_weight_that_can_never_move_the_addresses_is_refused() {
    String guide =
        """
        virtual-routers.Haproxy {
          addresses = "172.16.100.150/24", router-id = 51, priority = 100, password = "123456"
          preempt = true
          peer-priorities = [80]
          track.scripts = { name = check_haproxy, weight = -10 }
        }
        track-scripts.check_haproxy { command = /bin/true, interval = 2s }
        """;
    assertThat(problems(NODE1, guide))
        .containsExactly(
            "f.conf:5: error: virtual-routers.Haproxy.track.scripts.weight can never move the"
                + " addresses: it changes the priority by 10, and the nodes' priorities 100, 80 are"
                + " at least 20 apart (more than 20, or weight = resign)");
    // Equal is not enough, one more is.
    assertThat(problems(NODE1, guide.replace("-10", "-20"))).hasSize(1);
    assertThat(problems(NODE1, guide.replace("-10", "-21"))).isEmpty();
    assertThat(problems(NODE1, guide.replace("-10", "21"))).isEmpty();
  }

  @Test
  void the_short_form_knows_the_priorities_of_all_masters() {
    String text = Reads.SHORT + CHECK + "preempt = true\n";
    assertThat(problems(NODE1, text + tracks("scripts = { name = chk, weight = -10 }")))
        .singleElement()
        .asString()
        .contains("can never move the addresses", "100, 90, 80 are at least 10 apart");
    assertThat(problems(NODE1, text + tracks("scripts = { name = chk, weight = -11 }"))).isEmpty();
  }

  @Test
  void weights_that_only_work_together_are_named() {
    String text =
        """
        virtual-routers.r {
          addresses = "172.16.100.150/24", preempt = true, priority = 80
          peer-priorities = [100]
          track.interfaces = [{ name = eth0, weight = -30 }, { name = lo, weight = 15 }]
        }
        """;
    assertThat(problems(NODE1, text))
        .containsExactly(
            "f.conf:4: warning: virtual-routers.r.track.interfaces[1].weight alone does not take the"
                + " addresses from the node with priority 100: 100 - 15 = 85 is not below 80 (more"
                + " than 20, or weight = resign)");
  }

  @Test
  void weights_without_preemption_or_of_an_owner_move_nothing() {
    String text =
        """
        virtual-routers.r {
          addresses = "172.16.100.150/24"
          peer-priorities = [100]
          track.interfaces = { name = eth0, weight = -30 }
        }
        """;
    assertThat(problems(NODE1, text))
        .singleElement()
        .asString()
        .startsWith(
            "f.conf:4: warning: virtual-routers.r.track.interfaces.weight cannot take the addresses"
                + " from a node that holds them");
    assertThat(problems(NODE1, text.replace("peer-", "preempt = true, priority = 255\npeer-")))
        .singleElement()
        .asString()
        .contains("has no effect: the owner of an address always has priority 255");
    assertThat(
            problems(
                NODE1,
                text.replace("peer-", "preempt = true, priority = 250\npeer-")
                    .replace("-30", "160")))
        .singleElement()
        .asString()
        .contains("with all that is well the priority would be 410, and is limited to 254");
  }

  @Test
  void unknown_priorities_are_asked_for() {
    String text =
        """
        virtual-routers.r {
          addresses = "172.16.100.150/24", preempt = true
          track.interfaces = { name = eth0, weight = -30 }
        }
        """;
    assertThat(Reads.messages(NODE1, text))
        .containsExactly(
            "f.conf:3: note: virtual-routers.r.track.interfaces.weight may be too small to move the"
                + " addresses: the other nodes' priorities are not known (peer-priorities)");
  }

  @Test
  void weights_are_bounded_as_keepaliveds() {
    String text = Reads.SHORT + CHECK + "preempt = true\n";
    for (String weight : List.of("0", "254", "-254", "much", "1.5")) {
      assertThat(
              problems(NODE1, text + tracks("scripts = { name = chk, weight = " + weight + " }")))
          .as(weight)
          .singleElement()
          .asString()
          .contains("must be resign, or points -253..253 other than 0");
    }
    for (String weight : List.of("253", "-253", "\"+253\"", "resign")) {
      assertThat(
              problems(NODE1, text + tracks("scripts = { name = chk, weight = " + weight + " }")))
          .as(weight)
          .noneMatch(line -> line.contains("error"));
    }
  }

  @Test
  void short_intervals_are_noted_unless_the_control_thread_is_in_real_time() {
    String text =
        "virtual-routers.r { addresses = \"172.16.100.150/24\", version = 3,"
            + " advertisement-interval = 100ms }\n";
    assertThat(Reads.messages(NODE1, text))
        .containsExactly(
            "f.conf:1: note: virtual-routers.r advertises every 100ms, which a busy CPU can delay so"
                + " long that another node takes over (process.realtime = true)");
    assertThat(Reads.messages(NODE1, text + "process.realtime = true")).isEmpty();
    assertThat(Reads.messages(NODE1, text.replace("100ms", "1s"))).isEmpty();
  }

  @Test
  void intervals_shorter_than_collections_are_warned_of_unless_there_are_none() {
    String text =
        "virtual-routers.r { addresses = \"172.16.100.150/24\", version = 3,"
            + " advertisement-interval = 40ms }\nprocess.realtime = true\n";
    assertThat(Reads.messages(NODE1, text))
        .containsExactly(
            "f.conf:1: warning: virtual-routers.r advertises every 40ms, less than the 50ms that are"
                + " safe with this JVM's garbage collector (FAIRLEAD_JAVA_OPTS=\"-XX:-UseSerialGC"
                + " -XX:+UseZGC\" costs memory and has no such pauses)");
    assertThat(Reads.messages(NODE1, text.replace("40ms", "50ms"))).isEmpty();
    assertThat(
            Reads.messages(
                new HoconReader(NODE1, Map.of("FAIRLEAD_JAVA_OPTS", "-XX:-UseSerialGC -XX:+UseZGC"))
                    .readText("f.conf", text)))
        .isEmpty();
  }

  @Test
  void a_hook_is_a_command_or_a_webhook() {
    assertThat(problems(NODE1, Reads.SHORT + "hooks.a {}\n"))
        .containsExactly(
            "f.conf:3: error: hooks.a must have either a command or a webhook, but has neither");
    assertThat(
            problems(
                NODE1,
                Reads.SHORT + "hooks.a { command = /bin/true, webhook = \"http://10.0.0.1/\" }\n"))
        .containsExactly(
            "f.conf:3: error: hooks.a must have either a command or a webhook, but has both");
    assertThat(problems(NODE1, Reads.SHORT + "hooks.a.webhook = \"ftp://secret.example/\"\n"))
        .containsExactly(
            "f.conf:3: error: hooks.a.webhook must be a URL that starts with http:// or https:// and"
                + " names a host");
    assertThat(
            problems(
                NODE1,
                Reads.SHORT
                    + "hooks.a { command = /bin/true, on = [mastre], routers = [vp], ca-file = /x }\n"))
        .containsExactly(
            "f.conf:3: error: hooks.a.routers[0] must be the name of a virtual router (vip), but is"
                + " vp (did you mean vip?)",
            "f.conf:3: error: hooks.a.on[0] must be one of master, backup, fault, stop, but is"
                + " mastre (did you mean master?)",
            "f.conf:3: error: hooks.a.ca-file must be a readable file, but /x is not",
            "f.conf:3: warning: hooks.a.ca-file has no effect on a command");
  }

  @Test
  void the_check_says_in_words_what_is_tracked_and_who_is_told_but_no_secret() {
    FakeHost host =
        FakeHost.with("eth0 172.16.100.100/24", "eth1 10.0.0.5/16")
            .withFiles(Path.of("/ca"), Path.of("/crt"), Path.of("/key"), Path.of("/token"));
    String text = ConfigurationText.of(valid(host, LongFormTest.EVERYTHING));
    assertThat(text)
        .contains(
            "  resigns without interface eth1\n",
            "  priority -20 without interface eth0\n",
            "  resigns without script chk: /bin/sh -c exit 0 as root, every 5s, timeout 3s, rise 3,"
                + " fall 4\n",
            "  priority +1 times file drain: the number in /run/drain, every 500ms\n",
            "  priority +30 with process etcd: 2..3 of etcd --name m1, every 2s, rise 5, fall 6\n",
            "hook tell: on master, stop of main runs /bin/sh -x with keepalived's arguments as root,"
                + " timeout 2s, 5 retries from 100ms on\n",
            "hook post: on master, backup, fault, stop of main posts to https://example.org verified"
                + " with /ca, token from /token, timeout 10s, 2 retries from 1s on\n",
            "process: control thread in real time, memory locked\n")
        .doesNotContain("token=1");
  }

  private static String tracks(String line) {
    return "defaults.virtual-router.track." + line + "\n";
  }

  private static List<String> scriptProblems(String command) {
    return problems(
        NODE1,
        Reads.SHORT + "track-scripts.chk.command = " + command + "\n" + tracks("scripts = chk"));
  }

  private static List<String> command(String written) {
    TrackConfig track =
        valid(
                NODE1,
                Reads.SHORT
                    + "track-scripts.chk.command = "
                    + written
                    + "\n"
                    + tracks("scripts = chk"))
            .tracks()
            .getFirst();
    return ((TrackConfig.Script) track).command();
  }
}
