package dev.fairlead.config.hocon;

/** The sections of {@code defaults}: what named sections inherit. */
record Defaults(
    Section all,
    Section frontend,
    Section backend,
    Section server,
    Section tcp,
    Section virtualRouter,
    Section virtualAddress) {

  Defaults(Section all) {
    this(
        all,
        all.child("frontend"),
        all.child("backend"),
        all.child("server"),
        all.child("tcp"),
        all.child("virtual-router"),
        all.child("virtual-address"));
  }

  void rejectUnknown() {
    all.rejectUnknown();
  }
}
