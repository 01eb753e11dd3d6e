#!/usr/bin/env bash
# A private Cyrus 3.6 (IMAP and POP3) on loopback for the interop tests. Its packages conflict with those of Dovecot, so they are
# downloaded and unpacked below DIR, not installed; the libraries that they need have to be installed before.
#
#   cyrus.sh start|stop|unpack DIR   see common.sh
#
# Works as root (everything then runs as nobody) and as any other user. DIR/env holds shell assignments:
#
#   CYRUS_IMAP, _IMAPS, _POP3, _POP3S   ports on 127.0.0.1
#   CYRUS_CA                            the certificate to trust (PEM)
#   CYRUS_USERS                         "NAME:PASSWORD NAME:PASSWORD ..."; cyradmin is the administrator
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

users='cyradmin:adminpw alice:alicepw bob:bobpw grace:gracepw heidi:heidipw ivan:i"v\n judy:pässwörd frank:frankpw'

packages=(cyrus-common cyrus-imapd cyrus-pop3d sasl2-bin)
# The mechanisms, and the file of passwords.
also=(libsasl2-modules-db)

configure() {
  cat >"$dir/imapd.conf" <<CONF
configdirectory: $dir/state
partition-default: $dir/mail
defaultpartition: default
sievedir: $dir/sieve
cyrus_user: $user
servername: localhost
admins: cyradmin
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $dir/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: $dir/tls/localhost.pem
tls_server_key: $dir/tls/localhost.key
tls_client_ca_file: $dir/tls/ca.pem
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
autocreate_post: yes
autocreate_quota: 1048576
autocreate_inbox_folders: Drafts|Sent|Trash|Archive
autocreate_subscribe_folders: Drafts|Sent|Trash
xlist-Drafts: Drafts
xlist-Sent: Sent
xlist-Trash: Trash
xlist-Archive: Archive
specialusealways: yes
conversations: yes
conversations_max_guidexists: 10000
conversations_max_guidinfolder: 10000
expunge_mode: immediate
delete_mode: immediate
idlesocket: $dir/state/socket/idle
munge8bit: no
failedloginpause: 0
CONF
  cat >"$dir/cyrus.conf" <<CONF
START {
  recover cmd="$programs/ctl_cyrusdb -C $dir/imapd.conf -r"
}
SERVICES {
  imap cmd="$programs/imapd -C $dir/imapd.conf -U 30" listen="127.0.0.1:${ports[0]}" prefork=2 maxchild=50
  imaps cmd="$programs/imapd -C $dir/imapd.conf -s -U 30" listen="127.0.0.1:${ports[1]}" prefork=1 maxchild=50
  pop3 cmd="$programs/pop3d -C $dir/imapd.conf -U 30" listen="127.0.0.1:${ports[2]}" prefork=1 maxchild=50
  pop3s cmd="$programs/pop3d -C $dir/imapd.conf -s -U 30" listen="127.0.0.1:${ports[3]}" prefork=1 maxchild=50
}
DAEMON {
  idled cmd="$programs/idled -C $dir/imapd.conf"
}
CONF
}

serve() {
  launch "$dir/cyrus.log" env LD_LIBRARY_PATH="$libraries" CYRUS_VERBOSE=1 "${as_user[@]}" "$tree/usr/sbin/cyrmaster" -D \
    -C "$dir/imapd.conf" -M "$dir/cyrus.conf" -p "$dir/state/master.pid"
}

ready() {
  greets "${ports[0]}" '* OK' && greets_tls "${ports[1]}" '* OK' 'a LOGOUT' &&
    greets "${ports[2]}" '+OK' && greets_tls "${ports[3]}" '+OK' 'QUIT'
}

start() {
  local tree="$dir/tree" programs="$dir/tree/usr/lib/cyrus/bin" libraries user pair as_user=() ports
  unpack >/dev/null
  libraries="$(dirname "$(find "$tree/usr/lib" -name 'libcyrus.so.0' -print -quit)")"
  user="$(id -un)"
  if [[ "$(id -u)" == 0 ]]; then
    user=nobody
    as_user=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)
    chmod 755 "$dir"
  fi
  mkdir -p "$dir"/{tls,mail,sieve,state/{db,proc,socket,log,msg,lock}}
  certificates "$dir/tls"
  for pair in $users; do
    printf '%s' "${pair#*:}" |
      LD_LIBRARY_PATH="$libraries" "$tree/usr/sbin/saslpasswd2" -p -c -f "$dir/sasldb2" -u localhost "${pair%%:*}"
  done
  ((${#as_user[@]} == 0)) || chown -R nobody "$dir"/{tls,mail,sieve,state,sasldb2}

  start_on 4 "$dir/cyrus.log"
  cat >"$dir/env" <<ENV
CYRUS_IMAP=${ports[0]}
CYRUS_IMAPS=${ports[1]}
CYRUS_POP3=${ports[2]}
CYRUS_POP3S=${ports[3]}
CYRUS_CA='$dir/tls/ca.pem'
CYRUS_USERS='$users'
ENV
  echo "Cyrus $(dpkg-deb -f "$dir"/debs/cyrus-imapd_*.deb Version), process $(<"$dir/pid"): imap ${ports[0]}, imaps ${ports[1]}, pop3 ${ports[2]}, pop3s ${ports[3]}"
}

main "$@"
