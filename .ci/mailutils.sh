#!/usr/bin/env bash
# A private GNU Mailutils 3.15 imap4d on loopback for the interop tests. Needs root, because it changes its user at each login.
#
#   mailutils.sh start|stop DIR   see common.sh
#
# DIR/env holds shell assignments:
#
#   MAILUTILS_IMAP, _IMAPS   ports on 127.0.0.1
#   MAILUTILS_CA             the certificate to trust (PEM)
#   MAILUTILS_USERS          "NAME:PASSWORD NAME:PASSWORD ..."
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

domain=example.org
users="grace:gracepw heidi:heidipw"

configure() {
  cat >"$dir/imap4d.conf" <<CONF
mode daemon;
foreground yes;
max-children 50;
pidfile $dir/imap4d.pid;
logging { syslog no; };
tcp-wrappers { enable no; };
mandatory-locking { enable no; };
locking { type null; };
mailbox {
  mail-spool maildir://$dir/mail;
  mailbox-pattern "maildir://$dir/mail/\${user}/INBOX";
  mailbox-type maildir;
};
virtdomain { passwd-dir $dir/domains; };
auth {
  authentication clear;
  authentication generic:virtdomain;
  authorization clear;
  authorization virtdomain;
};
tls {
  ssl-certificate-file $dir/tls/localhost.pem;
  ssl-key-file $dir/tls/localhost.key;
  ssl-ca-file $dir/tls/ca.pem;
};
tls-file-checks { key-file none; cert-file none; ca-file none; };
namespace personal { prefix "" { directory "\${home}/folders"; mailbox-type maildir; }; };
server 127.0.0.1:${ports[0]} { tls-mode ondemand; };
server 127.0.0.1:${ports[1]} { tls-mode connection; };
CONF
}

serve() {
  launch "$dir/imap4d.log" "$binary" --no-config --config-file="$dir/imap4d.conf"
}

ready() {
  greets "${ports[0]}" '* OK' && greets_tls "${ports[1]}" '* OK' 'a LOGOUT'
}

start() {
  local binary pair name home ports
  [[ "$(id -u)" == 0 ]] || die "needs root"
  binary="$(PATH="$PATH:/usr/sbin" command -v imap4d)" || die "imap4d is not installed (package mailutils-imap4d)"
  mkdir -p "$dir"/{tls,mail,domains}
  chmod 755 "$dir" "$dir/mail"
  certificates "$dir/tls"
  chmod 600 "$dir"/tls/*.key
  : >"$dir/domains/$domain"
  for pair in $users; do
    name="${pair%%:*}" home="$dir/mail/${pair%%:*}"
    mkdir -p "$home"/folders "$home"/INBOX/{cur,new,tmp}
    chown -R nobody "$home"
    echo "$name:$(openssl passwd -6 "${pair#*:}"):$(id -u nobody):$(id -g nobody):$name:$home:/bin/sh:maildir://$home/INBOX" \
      >>"$dir/domains/$domain"
  done
  start_on 2 "$dir/imap4d.log"
  cat >"$dir/env" <<ENV
MAILUTILS_IMAP=${ports[0]}
MAILUTILS_IMAPS=${ports[1]}
MAILUTILS_CA='$dir/tls/ca.pem'
MAILUTILS_USERS='$(for pair in $users; do printf '%s@%s:%s ' "${pair%%:*}" "$domain" "${pair#*:}"; done)'
ENV
  echo "GNU Mailutils $("$binary" --version | sed -n '1s/.* //p'), process $(<"$dir/pid"): imap ${ports[0]}, imaps ${ports[1]}"
}

main "$@"
