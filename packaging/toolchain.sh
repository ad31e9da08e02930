# shellcheck shell=sh
# Sourced by ./fairlead and ./verify: sets JAVA_HOME to a JDK 25, wherever it lies.

is_jdk_25() {
  [ -x "$1/bin/javac" ] && [ -x "$1/bin/jlink" ] || return 1
  if [ -f "$1/release" ]; then
    grep -q '^JAVA_VERSION="25[."]' "$1/release"
    return
  fi
  "$1/bin/javac" -version 2>&1 | grep -q '^javac 25'
}

find_jdk_25() {
  on_path=$(command -v javac) && on_path=$(readlink -f "$on_path") || on_path=
  for candidate in "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" "${on_path%/bin/javac}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/* /opt/java/* /opt/jdk/* /usr/local/* \
    "${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.jdk/* \
    "${HOME:-}"/.asdf/installs/java/* "${HOME:-}"/.local/share/mise/installs/java/*; do
    if [ -n "$candidate" ] && is_jdk_25 "$candidate"; then
      JAVA_HOME=$candidate
      PATH=$JAVA_HOME/bin:$PATH
      export JAVA_HOME PATH
      return 0
    fi
  done
  cat >&2 << 'END'
Fairlead is built with JDK 25, and none was found: not in JAVA_HOME, on the PATH, in /usr/lib/jvm,
/opt, /usr/local, /usr/java, nor in the folders of SDKMAN, asdf, mise and IntelliJ.

  Debian 12, Ubuntu:  these have no package of their own; Eclipse Temurin's package repository
                      (https://adoptium.net/installation/linux) has temurin-25-jdk
  Debian 13+, Fedora: apt install openjdk-25-jdk-headless / dnf install java-25-openjdk-devel,
                      where the release carries it
  anywhere:           sdk install java 25-tem   (SDKMAN)

or unpack any JDK 25 and set JAVA_HOME to it.
END
  return 1
}

need_maven() {
  command -v mvn > /dev/null && return 0
  echo "Fairlead is built with Maven 3.8 or newer, and there is no mvn on the PATH (Debian: apt install maven)" >&2
  return 1
}
