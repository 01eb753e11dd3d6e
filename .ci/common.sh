# shellcheck shell=bash
# Functions for the scripts that start a server; they source this file. Each of them is called as
#
#   NAME.sh start DIR   make DIR, start the server, wait until it greets, write DIR/env
#   NAME.sh stop DIR    stop it and wait until it is gone
#   NAME.sh unpack DIR  only download and unpack its packages, and print those with the libraries that they need; for
#                       servers that are not installed
#
# and keeps its configuration, certificates, users, mail and ports (on loopback) to itself, below DIR. Nothing of
# the system's configuration is read or changed. DIR/env holds shell assignments whose names begin with NAME_.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# A process that ended and was not waited for yet (a zombie) counts as gone.
running() {
  local state
  state="$(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "/proc/$1/status" 2>/dev/null)" || return 1
  [[ -n "$state" && "$state" != Z ]]
}

# Makes in a folder: ca.pem, and localhost.pem and elsewhere.pem with their keys, signed by it.
certificates() {
  local dir="$1" name subject
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Interop test root" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
  for name in localhost elsewhere; do
    subject="DNS:localhost,IP:127.0.0.1"
    [[ $name == localhost ]] || subject="DNS:mail.example.org"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
      -keyout "$dir/$name.key" -out "$dir/$name.csr" 2>/dev/null
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "subjectAltName=$subject" "extendedKeyUsage=serverAuth" \
      >"$dir/$name.ext"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
      -extfile "$dir/$name.ext" -out "$dir/$name.pem" 2>/dev/null
  done
}

# Prints the given number of free ports.
free_ports() {
  local ports=() port
  while ((${#ports[@]} < $1)); do
    port=$((20000 + RANDOM % 12000))
    [[ " ${ports[*]} " != *" $port "* ]] || continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || ports+=("$port")
  done
  echo "${ports[@]}"
}

# Reads the greeting of a port; succeeds when it begins with the expected text.
greets() {
  local port="$1" begin="$2" line=""
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  read -r -t 5 -u 3 line || true
  exec 3>&-
  [[ "$line" == "$begin"* ]]
}

# Reads the greeting through TLS. Without a valid certificate the handshake fails and there is none. The status of
# openssl tells nothing: Cyrus ends a session without close_notify, which counts as an error there.
greets_tls() {
  local port="$1" begin="$2" quit="$3" line
  line="$(printf '%s\r\n' "$quit" | timeout 5 openssl s_client -quiet -ign_eof -verify_return_error \
    -CAfile "$dir/tls/ca.pem" -verify_hostname localhost -connect "127.0.0.1:$port" 2>/dev/null)" || true
  [[ "$line" == "$begin"* ]]
}

# Waits until a command succeeds, as long as a process runs.
await() {
  local pid="$1" attempt
  shift
  for attempt in {1..100}; do
    running "$pid" || return 1
    ! "$@" 2>/dev/null || return 0
    sleep 0.05
  done
  echo "not ready after $attempt attempts" >&2
  return 1
}

# Starts the program named after a log file, as a child that outlives this script, and writes dir/pid.
launch() {
  local log="$1"
  shift
  "$@" </dev/null >>"$log" 2>&1 &
  echo $! >"$dir/pid"
}

# Ends the process of dir/pid and its children, which end a moment after it does.
stop() {
  local pid pids attempt one left
  [[ -s "$dir/pid" ]] || return 0
  pid="$(<"$dir/pid")"
  read -r -a pids < <(cat "/proc/$pid/task/$pid/children" 2>/dev/null) || true
  pids+=("$pid")
  kill -TERM "$pid" 2>/dev/null || true
  for attempt in {1..200}; do
    left=()
    for one in "${pids[@]}"; do
      ! running "$one" || left+=("$one")
    done
    ((${#left[@]} > 0)) || break
    [[ $attempt != 150 ]] || kill -KILL "${left[@]}" 2>/dev/null || true
    sleep 0.05
  done
  rm -f "$dir/pid"
}

# Starts a server on the given number of free ports, which the script's functions get as `ports`: `configure` writes the
# configuration, `serve` launches, `ready` tests whether it answers. Prints the log file when that fails.
start_on() {
  local count="$1" log="$2" try
  # Another process may take a port between the look and the use: then the server ends at once.
  for try in 1 2 3 4 5; do
    read -r -a ports <<<"$(free_ports "$count")"
    configure
    serve
    ! await "$(<"$dir/pid")" ready || return 0
    stop
  done
  cat "$log" >&2
  die "the server does not start after $try attempts"
}

# Downloads the packages of the array `packages` and unpacks them below dir/tree. Prints the packages with the
# libraries that they need, and those of the array `also`. For servers whose packages conflict with those of another.
unpack() {
  local deb
  mkdir -p "$dir/debs"
  # apt downloads as another user.
  chmod 777 "$dir/debs"
  if [[ ! -d "$dir/tree" ]]; then
    # The package lists may be missing or out of date.
    download || { apt-get update -qq >&2 && download; } || die "cannot download ${packages[*]}"
    for deb in "$dir"/debs/*.deb; do
      dpkg-deb -x "$deb" "$dir/part"
    done
    mv "$dir/part" "$dir/tree"
  fi
  for deb in "$dir"/debs/*.deb; do
    dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ :(|]*\).*/\1/p'
  done | sort -u | grep -vxF "$(printf '%s\n' "${packages[@]}")"
  printf '%s\n' "${also[@]}"
}
also=()

download() {
  (cd "$dir/debs" && apt-get download -qq "${packages[@]}" >&2)
}

# Makes dir/tree complete enough to be the root folder of the given programs and libraries of it: copies the shared
# libraries that they need.
furnish() {
  local library libraries own
  own="$(find "$dir/tree/usr" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)"
  libraries="$(LD_LIBRARY_PATH="$own" ldd "$@" |
    sed -n 's/^\t\(.* => \)\?\(\/[^ ]*\) (0x.*/\2/p; s/^\t\(.*\) => not found/missing:\1/p' | sort -u)"
  for library in $libraries; do
    case "$library" in
      missing:*) die "the library ${library#missing:} is not installed" ;;
      "$dir/tree"/*) ;;
      *) cp -L --parents "$library" "$dir/tree" ;;
    esac
  done
}

# Runs the function that the script was called with (start, stop, or unpack where it has `packages`), for a folder.
main() {
  local verbs=(start stop)
  [[ ! -v packages ]] || verbs+=(unpack)
  [[ $# == 2 && " ${verbs[*]} " == *" $1 "* ]] || die "usage: $(basename "$0") $(IFS='|' && echo "${verbs[*]}") DIR"
  mkdir -p "$2"
  dir="$(cd "$2" && pwd)"
  [[ $1 != start || ! -e "$dir/pid" ]] || die "$dir/pid is there already: stop that one first"
  "$1"
}
