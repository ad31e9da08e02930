# Sourced by the scripts beside it; expects $root and $here.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# shellcheck source=../packaging/toolchain.sh
. "$root/packaging/toolchain.sh"

# Builds benchmarks/target when a source of any module is newer.
build_benchmarks() {
  local stamp=$here/target/built
  if [ -f "$stamp" ] && [ -z "$(find "$root/pom.xml" "$root"/{config,vrrp,health,lb,daemon,benchmarks}/{pom.xml,src/main} -newer "$stamp" -print -quit)" ]; then
    return
  fi
  echo "building the benchmarks ..." >&2
  local log
  log=$(mktemp)
  if ! (cd "$root" && { mvn -o -q -B -pl benchmarks -am package -Dmaven.test.skip=true >"$log" 2>&1 ||
    mvn -q -B -pl benchmarks -am package -Dmaven.test.skip=true >"$log" 2>&1; }); then
    grep -E 'ERROR|\.java' "$log" | head -20 >&2
    die "the benchmarks do not build; the whole output is in $log"
  fi
  rm -f "$log"
  touch "$stamp"
}

# Replaces the shell: call it last, or in the background.
run_java() {
  exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx128m \
    -cp "$here/target/classes:$here/target/lib/*" "$@"
}
