#!/usr/bin/env bash
# A private pymap 0.36 (from the Python package index) on loopback for the interop tests: an IMAP server in pure
# Python that keeps its mail in memory.
#
#   pymap.sh start|stop DIR   see common.sh
#
# DIR/env holds shell assignments:
#
#   PYMAP_IMAP    the port on 127.0.0.1
#   PYMAP_CA      the certificate to trust (PEM)
#   PYMAP_USERS   "NAME:PASSWORD"
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

user=grace password=gracepw

configure() {
  :
}

serve() {
  launch "$dir/pymap.log" "$dir/venv/bin/pymap" --host 127.0.0.1 --port "${ports[0]}" --cert "$dir/tls/localhost.pem" \
    --key "$dir/tls/localhost.key" --no-service managesieve --no-service admin dict --demo-user "$user" --demo-password "$password"
}

ready() {
  greets "${ports[0]}" '* OK'
}

start() {
  local ports
  mkdir -p "$dir/tls"
  certificates "$dir/tls"
  if [[ ! -x "$dir/venv/bin/pymap" ]]; then
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/pip" --quiet --disable-pip-version-check install 'pymap==0.36.7'
  fi
  start_on 1 "$dir/pymap.log"
  cat >"$dir/env" <<ENV
PYMAP_IMAP=${ports[0]}
PYMAP_CA='$dir/tls/ca.pem'
PYMAP_USERS='$user:$password'
ENV
  echo "pymap $("$dir/venv/bin/pymap" --version | grep -o '[0-9.]*$'), process $(<"$dir/pid"): imap ${ports[0]}"
}

main "$@"
