#!/usr/bin/env bash
# A private Courier 1.0 (IMAP 5.0 and POP3) on loopback for the interop tests. Its packages conflict with those of
# Dovecot, and their paths are compiled in: they are unpacked below DIR, and DIR/tree, with the libraries that have to
# be installed before, is the root folder of the server. Needs root for that.
#
#   courier.sh start|stop|unpack DIR   see common.sh
#
# DIR/env holds shell assignments:
#
#   COURIER_IMAP, _IMAPS, _POP3, _POP3S   ports on 127.0.0.1
#   COURIER_CA                            the certificate to trust (PEM)
#   COURIER_USERS                         "NAME:PASSWORD NAME:PASSWORD ..."
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

users="alice:alicepw bob:bobpw grace:gracepw heidi:heidipw"
packages=(courier-imap courier-pop courier-base courier-authdaemon courier-authlib courier-authlib-userdb
  libcourier-unicode4 libgamin0)

configure() {
  local capability="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA AUTH=PLAIN IDLE"
  mapfile -t environment <<CONF
PATH=/usr/sbin:/usr/bin
MAILDIRPATH=Maildir
MAXDAEMONS=100
MAXPERIP=100
IMAP_CAPABILITY=$capability
IMAP_CAPABILITY_TLS=$capability
IMAP_KEYWORDS=1
IMAP_ACL=1
IMAP_USELOCKS=0
IMAP_IDLE_TIMEOUT=1
IMAP_ENHANCEDIDLE=0
IMAP_CHECK_ALL_FOLDERS=0
IMAP_OBSOLETE_CLIENT=0
IMAP_MOVE_EXPUNGE_TO_TRASH=0
IMAP_UMASK=022
IMAP_TLS_REQUIRED=1
POP3AUTH=PLAIN
POP3AUTH_TLS=PLAIN
COURIERTLS=/usr/bin/couriertls
TLS_CERTFILE=/tls.pem
TLS_VERIFYPEER=NONE
TLS_PROTOCOL=TLS1_2
CONF
  rm -rf "$tree/run/courier"
  mkdir -p "$tree/run/courier/authdaemon"
}

# One process starts all of them, so that one pid stops them.
serve() {
  local login=/usr/lib/courier/courier tls="/usr/bin/couriertls -server -tcpd -user=courier"
  local imap="$login/imaplogin /usr/bin/imapd Maildir" pop3="$login/courierpop3login $login/courierpop3d Maildir"
  cat >"$dir/serve" <<SERVE
listen="chroot $tree /usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=100 -maxperip=100 -nodnslookup -noidentlookup"
chroot $tree /usr/lib/courier/courier-authlib/authdaemond &
IMAP_STARTTLS=YES \$listen ${ports[0]} $imap &
IMAP_TLS=1 \$listen ${ports[1]} $tls $imap &
POP3_STARTTLS=YES POP3_TLS_REQUIRED=1 \$listen ${ports[2]} $pop3 &
POP3_TLS=1 \$listen ${ports[3]} $tls $pop3 &
trap : TERM
# Until one ends, which makes the others useless, or until this process is told to end.
wait -n
kill \$(jobs -p)
wait
SERVE
  launch "$dir/courier.log" env -i "${environment[@]}" bash "$dir/serve"
}

ready() {
  greets "${ports[0]}" '* OK' && greets_tls "${ports[1]}" '* OK' 'a LOGOUT' &&
    greets "${ports[2]}" '+OK' && greets_tls "${ports[3]}" '+OK' 'QUIT' && [[ -S "$tree/run/courier/authdaemon/socket" ]]
}

# The database of users, as makeuserdb of the package writes it: attributes and passwords apart.
users() {
  local pair name makedat="/usr/lib/courier/courier-authlib/makedatprog"
  for pair in $users; do
    name="${pair%%:*}"
    mkdir -p "$tree/mail/$name"
    if [[ ! -d "$tree/mail/$name/Maildir" ]]; then
      chroot "$tree" /usr/bin/maildirmake.courier "/mail/$name/Maildir"
      chroot "$tree" /usr/bin/maildirmake.courier -f Archive "/mail/$name/Maildir"
      chown -R "$uid:$gid" "$tree/mail/$name"
    fi
    printf '%s\tuid=%s|gid=%s|home=/mail/%s|mail=/mail/%s/Maildir|_=\n' "$name" "$uid" "$gid" "$name" "$name" >&3
    printf '%s\tsystempw=%s\n' "$name" "$(openssl passwd -6 "${pair#*:}")" >&4
  done 3>"$dir/attributes" 4>"$dir/passwords"
  for pair in attributes:userdb passwords:userdbshadow; do
    echo . >>"$dir/${pair%:*}"
    chroot "$tree" "$makedat" - /etc/courier/new "/etc/courier/${pair#*:}.dat" <"$dir/${pair%:*}"
  done
  chmod 600 "$tree/etc/courier/userdbshadow.dat"
}

start() {
  local tree="$dir/tree" uid gid environment=() ports
  [[ "$(id -u)" == 0 ]] || die "needs root"
  uid="$(id -u nobody)" gid="$(id -g nobody)"
  unpack >/dev/null
  furnish "$tree"/usr/sbin/couriertcpd "$tree"/usr/bin/{imapd,couriertls,maildirmake.courier} \
    "$tree"/usr/lib/courier/courier/courierpop3{d,login} "$tree"/usr/lib/courier/courier/imaplogin \
    "$tree"/usr/lib/courier/courier-authlib/{authdaemond,makedatprog} "$tree"/usr/lib/courier-authlib/libauthuserdb.so
  # The charsets that a search decodes.
  cp -r --parents "$(dirname "$(dpkg-query -L libc6 | grep '/gconv/ISO8859-1.so$')")" "$tree"
  mkdir -p "$dir/tls" "$tree/dev"
  [[ -c "$tree/dev/null" ]] || mknod -m 666 "$tree/dev/null" c 1 3
  certificates "$dir/tls"
  cat "$dir"/tls/localhost.{key,pem} >"$tree/tls.pem"
  echo "courier:x:$uid:$gid::/:/bin/false" >"$tree/etc/passwd"
  echo "courier:x:$gid:" >"$tree/etc/group"
  chown nobody "$tree/tls.pem"
  chmod 600 "$tree/tls.pem"
  sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' "$tree/etc/courier/authdaemonrc"
  users
  start_on 4 "$dir/courier.log"
  cat >"$dir/env" <<ENV
COURIER_IMAP=${ports[0]}
COURIER_IMAPS=${ports[1]}
COURIER_POP3=${ports[2]}
COURIER_POP3S=${ports[3]}
COURIER_CA='$dir/tls/ca.pem'
COURIER_USERS='$users'
ENV
  echo "Courier $(dpkg-deb -f "$dir"/debs/courier-base_*.deb Version), process $(<"$dir/pid"): imap ${ports[0]}, imaps ${ports[1]}, pop3 ${ports[2]}, pop3s ${ports[3]}"
}

main "$@"
