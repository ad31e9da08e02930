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

# Builds what is needed and runs a class that makes network namespaces, of which none is left
# behind: run_in_lab NAME CLASS "TOOL ..." ARGUMENTS. Adds --fairlead and --out where they are
# missing, and --prefix.
run_in_lab() {
  local name=$1 class=$2 tools=$3
  shift 3
  local launcher= out= argument
  for argument in "$@"; do
    case $argument in
      --fairlead | --fairlead=*) launcher=given ;;
      --out | --out=*) out=given ;;
      --help | -h | --list) launcher=unneeded out=unneeded ;;
    esac
  done
  find_jdk_25 || exit 1
  build_benchmarks
  if [ -z "$launcher" ]; then
    # Builds the distribution where the sources are newer.
    local version
    version=$("$root/fairlead" version | awk 'NR == 1 { print $2 }')
    local found=$root/packaging/target/fairlead-$version/bin/fairlead
    [ -x "$found" ] || die "no distribution at $found"
    set -- --fairlead "$found" "$@"
  elif [ "$launcher" = unneeded ]; then
    set -- --fairlead none --out none "$@"
  fi
  [ -n "$out" ] || set -- --out "$here/target/$name-$(date -u +%Y%m%dT%H%M%SZ)" "$@"
  if [ "$launcher" != unneeded ]; then
    [ "$(id -u)" = 0 ] || die "needs root: network namespaces"
    for argument in $tools; do
      command -v "$argument" >/dev/null || die "$argument is missing"
    done
  fi
  lab_prefix=fl$name$$
  lab_java=
  trap remove_lab EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # In the background, because bash runs no trap while it waits for a program in the foreground.
  run_java "$class" --prefix "$lab_prefix" "$@" &
  lab_java=$!
  local status=0
  wait "$lab_java" || status=$?
  lab_java=
  exit "$status"
}

# The program cleans up after itself, also on Ctrl-C; this is for when it is killed outright.
remove_lab() {
  if [ -n "$lab_java" ]; then
    kill -TERM "$lab_java" 2>/dev/null || true
    wait "$lab_java" 2>/dev/null || true
  fi
  local namespace pid
  for namespace in $(ip netns list 2>/dev/null | awk -v p="^$lab_prefix-" '$1 ~ p { print $1 }'); do
    for pid in $(ip netns pids "$namespace"); do kill -9 "$pid" 2>/dev/null || true; done
    ip netns delete "$namespace" || true
  done
}
