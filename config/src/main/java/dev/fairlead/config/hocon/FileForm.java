package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.DataPath;
import dev.fairlead.config.DurationText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.VirtualRouterConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what stands in files: the long form, and the short form through {@link ShortForm}. */
final class FileForm {

  private final Reading reading;
  private final Section root;
  private final Defaults defaults;
  private final Set<String> userKeys;
  private final Collector collector;
  private final Parts parts = new Parts();

  /**
   * @param merged the user's files over {@code reference.conf}
   * @param reference {@code reference.conf} alone
   * @param userKeys what users wrote at the top
   * @param collector the one the daemon's JVM has
   */
  FileForm(
      Reading reading,
      ConfigObject merged,
      ConfigObject reference,
      Set<String> userKeys,
      Collector collector) {
    this.userKeys = userKeys;
    this.collector = collector;
    this.reading = reading;
    this.root =
        new Section(
            reading, List.of(new Section.Layer(merged, ""), new Section.Layer(reference, "")));
    this.defaults = new Defaults(root.child("defaults"));
  }

  Outcome read() {
    FrontendReader frontends = new FrontendReader(reading);
    BackendReader backends = new BackendReader(reading, defaults.server());
    ShortForm shortForm = new ShortForm(reading, root, defaults, userKeys);

    // The defaults first: what is wrong there is then reported there.
    BackendReader.tcp(defaults.tcp());
    SocketReader.read(reading, defaults.all().child("socket"));
    frontends.readDefaults(defaults.frontend());
    backends.readDefaults(defaults.backend(), defaults.server());

    boolean isShort = shortForm.isWritten();
    if (isShort) {
      shortForm.readFrontendAndBackend(frontends, backends, parts);
    }
    for (Section.Item item : root.named("frontends")) {
      section(item, defaults.frontend(), isShort && item.key().equals(ShortForm.NAME))
          .ifPresent(section -> frontends.read(item.key(), section, parts));
    }
    for (Section.Item item : root.named("backends")) {
      section(item, defaults.backend(), isShort && item.key().equals(ShortForm.NAME))
          .ifPresent(section -> {
            BackendConfig backend = backends.read(item.key(), section);
            parts.backends.add(new Placed<>(backend, item.place()));
          });
    }
    TrackReader tracks = new TrackReader(reading, root, defaults);
    parts.tracks = tracks.definitions();
    VirtualRouterReader routers =
        new VirtualRouterReader(
            reading, defaults.virtualAddress(), parts.frontendConfigs(), tracks);
    routers.readDefaults(defaults.virtualRouter(), defaults.virtualAddress());
    if (isShort) {
      shortForm.readVirtualRouters(routers, parts);
    }
    for (Section.Item item : root.named("virtual-routers")) {
      boolean taken = isShort && shortForm.defines(item.key());
      Optional<Section> section = section(item, defaults.virtualRouter(), taken);
      section.ifPresent(
          own -> parts.peerPriorities.put(item.key(), VirtualRouterReader.peerPriorities(own)));
      section
          .flatMap(own -> routers.read(item.key(), own))
          .ifPresent(router -> parts.routers.add(new Placed<>(router, item.place())));
    }
    tracks.check(parts);
    parts.hooks =
        new HookReader(reading, root, defaults.hook())
            .read(parts.routers.stream().map(router -> router.value().name()).toList());
    Configuration configuration = process(root, parts);
    if (!configuration.process().realtime()) {
      parts.routers.forEach(this::noteOfBusyCpus);
    }
    parts.routers.forEach(this::warnOfCollections);
    defaults.rejectUnknown();
    root.rejectUnknown();
    if (!isShort && root.named("frontends").isEmpty() && root.named("virtual-routers").isEmpty()) {
      if (!reading.findings().hasErrors()) {
        reading
            .findings()
            .error(
                "nothing-to-do",
                new Place("", 0, ""),
                "the configuration has neither masters (the short form) nor frontends");
      }
    }
    new CrossCheck(reading, parts).run();
    return new Outcome(configuration);
  }

  private Optional<Section> section(Section.Item item, Section defaults, boolean taken) {
    if (!Names.require(reading.findings(), Optional.of(item.key()), item.place())) {
      return Optional.empty();
    }
    if (taken) {
      reading
          .findings()
          .error(
              "duplicate-name",
              item.place(),
              "is already defined by the short form (masters, vip)",
              "choose another name, or write everything in the long form");
    }
    if (item.value() instanceof ConfigObject object) {
      return Optional.of(defaults.under(new Section.Layer(object, item.name())));
    }
    root.bad(item, "a section { … }", Optional.empty());
    return Optional.empty();
  }

  /** Everything that is the same in all forms. */
  static Configuration process(Section root, Parts parts) {
    Section admin = root.child("admin");
    Optional<ListenerConfig> metrics = adminListener(admin, "metrics", parts);
    Optional<ListenerConfig> probes = adminListener(admin, "probes", parts);
    Path controlSocket = admin.value("control-socket", FileForm::socketPath);
    admin.rejectUnknown();
    Section log = root.child("log");
    LogConfig logConfig =
        new LogConfig(
            log.choice("format", Scalars.words(LogConfig.Format.values())),
            log.choice("level", Scalars.words(LogConfig.Level.values())));
    log.rejectUnknown();
    Section shutdown = root.child("shutdown");
    Section scheduling = root.child("process");
    ProcessConfig process =
        new ProcessConfig(
            root.integer("event-loops", 0, 1024),
            shutdown.durationOrZero(
                "drain", Duration.ofMillis(1), Duration.ofDays(1), "sessions end at once"),
            scheduling.bool("realtime"),
            scheduling.bool("lock-memory"),
            root.choice("data-path", Scalars.words(DataPath.values())));
    shutdown.rejectUnknown();
    scheduling.rejectUnknown();
    return new Configuration(
        parts.frontendConfigs(),
        parts.backends.stream().map(Placed::value).toList(),
        parts.routers.stream().map(Placed::value).toList(),
        parts.tracks,
        parts.hooks,
        new AdminConfig(metrics, probes, controlSocket),
        logConfig,
        process);
  }

  /** With four busy loops on two CPUs, gaps of 650 ms were measured between those every 100 ms. */
  private void noteOfBusyCpus(Placed<VirtualRouterConfig> router) {
    Duration interval = router.value().wire().advertisementInterval();
    if (interval.compareTo(Duration.ofSeconds(1)) < 0) {
      reading
          .findings()
          .note(
              "busy-cpu",
              router.place(),
              "advertises every "
                  + DurationText.of(interval)
                  + ", which a busy CPU can delay so long that another node takes over",
              "process.realtime = true");
    }
  }

  /** Real-time scheduling is no help: a collection stops the control thread, too. */
  private void warnOfCollections(Placed<VirtualRouterConfig> router) {
    Duration interval = router.value().wire().advertisementInterval();
    if (interval.compareTo(collector.shortestSafeInterval()) < 0) {
      reading
          .findings()
          .warning(
              "collector-pauses",
              router.place(),
              "advertises every "
                  + DurationText.of(interval)
                  + ", less than the "
                  + DurationText.of(collector.shortestSafeInterval())
                  + " that are safe with this JVM's garbage collector",
              Collector.HINT);
    }
  }

  private static Optional<ListenerConfig> adminListener(Section admin, String key, Parts parts) {
    Optional<Placed<Optional<ListenerConfig>>> found =
        admin.find(
            key,
            value ->
                Scalars.scalarText(value).filter("none"::equals).isPresent()
                    ? Parsed.good(Optional.empty())
                    : Scalars.listener(value)
                        .expecting(Scalars.LISTENER + ", or none")
                        .then(listener -> Parsed.good(Optional.of(listener))));
    if (found.isEmpty() || found.get().value().isEmpty()) {
      return Optional.empty();
    }
    parts.listeners.add(new Placed<>(found.get().value().get(), found.get().place()));
    return found.get().value();
  }

  // sockaddr_un has room for 107 bytes and a NUL; until it is listened on, the socket's name ends
  // with a dot and the process id, of up to seven digits.
  private static Parsed<Path> socketPath(ConfigValue value) {
    String expected = "an absolute path of at most 99 bytes";
    return Scalars.scalar(
        value,
        expected,
        text ->
            text.startsWith("/") && text.getBytes(StandardCharsets.UTF_8).length <= 99
                ? Scalars.path(text, expected)
                : Parsed.bad(expected));
  }
}
