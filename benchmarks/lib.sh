# Sourced by the scripts beside it; expects $root and $here.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

java_version() {
  "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p'
}

# Sets JAVA_HOME to a JDK of version 25 or later.
find_java() {
  local candidate path_java
  path_java=$(command -v javac || true)
  for candidate in "${JAVA_HOME:-}" "${path_java:+$(dirname "$(dirname "$(readlink -f "$path_java")")")}" \
    /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/current; do
    if [ -n "$candidate" ] && [ -x "$candidate/bin/javac" ] && [ "$(java_version "$candidate")" -ge 25 ] 2>/dev/null; then
      export JAVA_HOME=$candidate
      return
    fi
  done
  die "no JDK 25 found: set JAVA_HOME"
}

# Builds benchmarks/target when a source of any module is newer.
build_benchmarks() {
  local stamp=$here/target/built
  if [ -f "$stamp" ] && [ -z "$(find "$root/pom.xml" "$root"/{config,vrrp,health,lb,daemon,benchmarks}/{pom.xml,src/main} -newer "$stamp" -print -quit)" ]; then
    return
  fi
  echo "building the benchmarks ..." >&2
  local log
  log=$(mktemp)
  if ! (cd "$root" && { mvn -o -q -B -pl benchmarks -am package -DskipTests >"$log" 2>&1 ||
    mvn -q -B -pl benchmarks -am package -DskipTests >"$log" 2>&1; }); then
    grep -E 'ERROR|\.java' "$log" | head -20 >&2
    die "the benchmarks do not build; the whole output is in $log"
  fi
  rm -f "$log"
  touch "$stamp"
}

run_java() {
  "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx128m \
    -cp "$here/target/classes:$here/target/lib/*" "$@"
}
