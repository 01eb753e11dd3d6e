#!/usr/bin/env bash
# A private GNU Mailutils 3.15 (imap4d and pop3d) on loopback for the interop tests. Needs root, because they change their
# user at each login.
#
#   mailutils.sh start|stop DIR   see common.sh
#
# DIR/env holds shell assignments:
#
#   MAILUTILS_IMAP, _IMAPS, _POP3, _POP3S   ports on 127.0.0.1
#   MAILUTILS_CA                            the certificate to trust (PEM)
#   MAILUTILS_USERS                         "NAME:PASSWORD NAME:PASSWORD ..."
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

domain=example.org
users="grace:gracepw heidi:heidipw"

# What both programs are told, and the two ports of one of them.
common() {
  cat <<CONF
mode daemon;
foreground yes;
max-children 50;
pidfile $dir/$1.pid;
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
server 127.0.0.1:$2 { tls-mode ondemand; };
server 127.0.0.1:$3 { tls-mode connection; };
CONF
}

configure() {
  {
    common imap4d "${ports[0]}" "${ports[1]}"
    echo 'namespace personal { prefix "" { directory "${home}/folders"; mailbox-type maildir; }; };'
  } >"$dir/imap4d.conf"
  common pop3d "${ports[2]}" "${ports[3]}" >"$dir/pop3d.conf"
}

# One process starts both, so that one pid stops them.
serve() {
  cat >"$dir/serve" <<SERVE
$imap4d --no-config --config-file="$dir/imap4d.conf" &
$pop3d --no-config --config-file="$dir/pop3d.conf" &
trap : TERM
# Until one ends, which makes the other useless, or until this process is told to end.
wait -n
kill \$(jobs -p)
wait
SERVE
  launch "$dir/mailutils.log" bash "$dir/serve"
}

ready() {
  greets "${ports[0]}" '* OK' && greets_tls "${ports[1]}" '* OK' 'a LOGOUT' &&
    greets "${ports[2]}" '+OK' && greets_tls "${ports[3]}" '+OK' 'QUIT'
}

start() {
  local imap4d pop3d pair name home ports
  [[ "$(id -u)" == 0 ]] || die "needs root"
  for name in imap4d pop3d; do
    printf -v "$name" %s "$(PATH="$PATH:/usr/sbin" command -v "$name" || true)"
    [[ -n "${!name}" ]] || die "$name is not installed (package mailutils-$name)"
  done
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
  start_on 4 "$dir/mailutils.log"
  cat >"$dir/env" <<ENV
MAILUTILS_IMAP=${ports[0]}
MAILUTILS_IMAPS=${ports[1]}
MAILUTILS_POP3=${ports[2]}
MAILUTILS_POP3S=${ports[3]}
MAILUTILS_CA='$dir/tls/ca.pem'
MAILUTILS_USERS='$(for pair in $users; do printf '%s@%s:%s ' "${pair%%:*}" "$domain" "${pair#*:}"; done)'
ENV
  echo "GNU Mailutils $("$imap4d" --version | sed -n '1s/.* //p'), process $(<"$dir/pid"): imap ${ports[0]}, imaps ${ports[1]}, pop3 ${ports[2]}, pop3s ${ports[3]}"
}

main "$@"
