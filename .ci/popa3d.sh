#!/usr/bin/env bash
# A private popa3d 1.0.3 on loopback for the interop tests: a POP3 server without CAPA, whose answers have no text. Its
# package conflicts with that of Dovecot's POP3 server: it is unpacked below DIR, and DIR/tree, with the libraries that
# have to be installed before, is its root folder. Needs root for that, and socat, which listens for it: it is a
# program for inetd. It knows no TLS; on the second port socat adds it.
#
#   popa3d.sh start|stop|unpack DIR   see common.sh
#
# DIR/env holds shell assignments:
#
#   POPA3D_POP3, POPA3D_POP3S   ports on 127.0.0.1
#   POPA3D_CA                   the certificate to trust (PEM)
#   POPA3D_MAIL                 POPA3D_MAIL/NAME is the maildrop of NAME, in the format mbox
#   POPA3D_USERS                "NAME:PASSWORD NAME:PASSWORD ..."
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

users="alice:alicepw bob:bobpw"
packages=(popa3d)

configure() {
  :
}

# One process starts both, so that one pid stops them.
serve() {
  local address="bind=127.0.0.1,reuseaddr,fork" certificate="cert=$dir/tls/both.pem,verify=0"
  cat >"$dir/serve" <<SERVE
socat TCP-LISTEN:${ports[0]},$address "EXEC:chroot $tree /usr/sbin/popa3d" &
socat OPENSSL-LISTEN:${ports[1]},$address,$certificate "EXEC:chroot $tree /usr/sbin/popa3d" &
trap : TERM
# Until one ends, which makes the other useless, or until this process is told to end.
wait -n
kill \$(jobs -p)
wait
SERVE
  PATH="$PATH:/usr/sbin" launch "$dir/popa3d.log" bash "$dir/serve"
}

ready() {
  greets "${ports[0]}" '+OK' && greets_tls "${ports[1]}" '+OK' 'QUIT'
}

start() {
  local tree="$dir/tree" uid=20001 modules pair name ports
  [[ "$(id -u)" == 0 ]] || die "needs root"
  command -v socat >/dev/null || die "socat is not installed"
  unpack >/dev/null
  modules="$(dirname "$(dpkg-query -L libpam-modules | grep '/pam_unix.so$')")"
  mkdir -p "$dir/tls" "$tree"/{dev,etc/pam.d,var/mail,"$modules"}
  cp -L "$modules"/pam_unix.so "$tree$modules"
  furnish "$tree/usr/sbin/popa3d" "$tree$modules/pam_unix.so"
  [[ -c "$tree/dev/null" ]] || mknod -m 666 "$tree/dev/null" c 1 3
  printf '%s required pam_unix.so\n' auth account >"$tree/etc/pam.d/popa3d"
  certificates "$dir/tls"
  cat "$dir"/tls/localhost.{key,pem} >"$dir/tls/both.pem"
  printf '%s\n' "root:x:0:0::/:/bin/false" "popa3d:x:20000:20000::/:/bin/false" >"$tree/etc/passwd"
  printf '%s\n' "root:x:0:" "mail:x:8:" "popa3d:x:20000:" >"$tree/etc/group"
  : >"$tree/etc/shadow"
  for pair in $users; do
    name="${pair%%:*}"
    echo "$name:x:$uid:8::/:/bin/sh" >>"$tree/etc/passwd"
    echo "$name:$(openssl passwd -6 "${pair#*:}"):20000::::::" >>"$tree/etc/shadow"
    : >"$tree/var/mail/$name"
    chown "$uid:8" "$tree/var/mail/$name"
    chmod 660 "$tree/var/mail/$name"
    uid=$((uid + 1))
  done
  # Each session makes a lock file beside the maildrop.
  chmod 1777 "$tree/var/mail"
  start_on 2 "$dir/popa3d.log"
  cat >"$dir/env" <<ENV
POPA3D_POP3=${ports[0]}
POPA3D_POP3S=${ports[1]}
POPA3D_CA='$dir/tls/ca.pem'
POPA3D_MAIL='$tree/var/mail'
POPA3D_USERS='$users'
ENV
  echo "popa3d $(dpkg-deb -f "$dir"/debs/popa3d_*.deb Version), process $(<"$dir/pid"): pop3 ${ports[0]}, pop3s ${ports[1]}"
}

main "$@"
