package dev.fairlead.config.hocon;

/** The sections of {@code defaults}: what named sections inherit. */
record Defaults(
    Section all,
    Section frontend,
    Section backend,
    Section server,
    Section tcp,
    Section virtualRouter,
    Section virtualAddress,
    Section trackedItem,
    Section trackScript,
    Section trackFile,
    Section trackProcess,
    Section hook) {

  Defaults(Section all) {
    this(
        all,
        all.child("frontend"),
        all.child("backend"),
        all.child("server"),
        all.child("tcp"),
        all.child("virtual-router"),
        all.child("virtual-address"),
        all.child("tracked-item"),
        all.child("track-script"),
        all.child("track-file"),
        all.child("track-process"),
        all.child("hook"));
  }

  void rejectUnknown() {
    all.rejectUnknown();
    trackedItem.rejectUnknown();
    trackScript.rejectUnknown();
    trackFile.rejectUnknown();
    trackProcess.rejectUnknown();
    hook.rejectUnknown();
  }
}
