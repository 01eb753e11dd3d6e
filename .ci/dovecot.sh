#!/usr/bin/env bash
# A private Dovecot 2.3 on loopback for the interop tests.
#
#   dovecot.sh start|stop DIR   see common.sh
#
# Works as root (the daemons then run as Debian's dovecot and dovenull, mail as nobody) and as any other user
# (everything runs as the caller). DIR/env holds shell assignments:
#
#   DOVECOT_DIR                             the absolute path of DIR
#   DOVECOT_IMAP, _IMAPS, _POP3, _POP3S     ports on 127.0.0.1, and on 127.0.0.2, where the certificate is one
#                                           for another host and plain text passwords are refused before TLS
#   DOVECOT_CA                              the certificate to trust (PEM)
#   DOVECOT_MAIL                            NAME is delivered to by a file in DOVECOT_MAIL/NAME/new
#   DOVECOT_USERS                           "NAME:PASSWORD NAME:PASSWORD ..."
#   DOVECOT_TOKEN, DOVECOT_STALE_TOKEN      bearer tokens of alice: good for an hour, and expired long ago
#
# The folders of a user: INBOX is DOVECOT_MAIL/NAME, a folder F is DOVECOT_MAIL/NAME/.F (Maildir++).
set -euo pipefail
# shellcheck source=.ci/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

users='alice:alicepw bob:bobpw carol:carolpw dave:davepw erin:erinpw frank:frankpw grace:gracepw heidi:heidipw ivan:i"v\n judy:pässwörd'

base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# A JSON Web Token for alice that ends at the given time, signed with the key Dovecot knows.
token() {
  local head body
  head="$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)"
  body="$(printf '{"sub":"alice","iat":1500000000,"exp":%s}' "$1" | base64url)"
  printf '%s.%s.%s' "$head" "$body" "$(printf '%s.%s' "$head" "$body" |
    openssl dgst -sha256 -hmac "$token_key" -binary | base64url)"
}
token_key="the key of the interop tests only"

configuration() {
  local dir="$1" uid="$2" gid="$3" own="$4"
  cat <<CONF
base_dir = $dir/run
state_dir = $dir/state
log_path = $dir/dovecot.log
protocols = imap pop3
listen = 127.0.0.1 127.0.0.2
mail_location = maildir:%h
mail_uid = $uid
mail_gid = $gid
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
mail_fsync = never
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_plugins = acl quota
protocol imap {
  mail_plugins = \$mail_plugins imap_acl imap_quota imap_zlib
}
plugin {
  acl = vfile
  acl_shared_dict = file:$dir/mail/shared.db
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G
}
disable_plaintext_auth = yes
ssl = yes
ssl_cert = <$dir/tls/localhost.pem
ssl_key = <$dir/tls/localhost.key
local 127.0.0.2 {
  ssl_cert = <$dir/tls/elsewhere.pem
  ssl_key = <$dir/tls/elsewhere.key
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $dir/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = $dir/users
  default_fields = nodelay=y
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$dir/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Trash {
    auto = create
    special_use = \\Trash
  }
}
namespace others {
  type = shared
  separator = /
  prefix = Shared/%%u/
  location = maildir:%%h
  subscriptions = no
  list = children
}
# Without this each failed login makes the next answer slower.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = $DOVECOT_IMAP
  }
  inet_listener imaps {
    port = $DOVECOT_IMAPS
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = $DOVECOT_POP3
  }
  inet_listener pop3s {
    port = $DOVECOT_POP3S
    ssl = yes
  }
}
CONF
  # Only root can change user or root folder.
  if [[ -n "$own" ]]; then
    cat <<CONF
default_internal_user = $own
default_internal_group = $(id -gn)
default_login_user = $own
service anvil {
  chroot =
}
service imap-login {
  chroot =
}
service pop3-login {
  chroot =
}
CONF
  fi
}

# A login shows that the daemons can read their files.
logs_in() {
  local first="${users%% *}"
  printf 'a LOGIN %s %s\r\nb LOGOUT\r\n' "${first%%:*}" "${first#*:}" |
    timeout 5 openssl s_client -quiet -ign_eof -verify_return_error -CAfile "$dir/tls/ca.pem" \
      -connect "127.0.0.1:$DOVECOT_IMAPS" 2>/dev/null | grep '^a OK' >/dev/null
}

configure() {
  read -r DOVECOT_IMAP DOVECOT_IMAPS DOVECOT_POP3 DOVECOT_POP3S <<<"${ports[*]}"
  configuration "$dir" "$uid" "$gid" "$own" >"$dir/dovecot.conf"
  rm -rf "$dir/run" "$dir/state"
  mkdir -p "$dir/run" "$dir/state"
}

serve() {
  launch "$dir/dovecot.log" "$binary" -F -c "$dir/dovecot.conf"
}

ready() {
  greets "$DOVECOT_IMAP" '* OK' && greets "$DOVECOT_POP3" '+OK' &&
    greets_tls "$DOVECOT_IMAPS" '* OK' 'a LOGOUT' && greets_tls "$DOVECOT_POP3S" '+OK' 'QUIT'
}

start() {
  local uid gid own="" pair name binary
  binary="$(PATH="$PATH:/usr/sbin" command -v dovecot)" || die "dovecot is not installed"
  mkdir -p "$dir"/{tls,mail,keys/default/HS256}
  if [[ "$(id -u)" == 0 ]]; then
    uid="$(id -u nobody)" gid="$(id -g nobody)"
    chmod 755 "$dir"
  else
    uid="$(id -u)" gid="$(id -g)" own="$(id -un)"
  fi
  certificates "$dir/tls"
  : >"$dir/users"
  for pair in $users; do
    name="${pair%%:*}"
    echo "$name:{PLAIN}${pair#*:}::::::" >>"$dir/users"
    # The tests put messages here; the server moves them on.
    mkdir -p "$dir/mail/$name"/{cur,new,tmp}
  done
  printf '%s' "$token_key" | openssl base64 -A >"$dir/keys/default/HS256/default"
  chmod -R a+rX "$dir/keys" "$dir/users"
  printf '%s\n' "introspection_mode = local" "local_validation_key_dict = fs:posix:prefix=$dir/keys/" \
    "username_attribute = sub" >"$dir/oauth2.conf"
  [[ -n "$own" ]] || chown -R "$uid:$gid" "$dir/mail"

  start_on 4 "$dir/dovecot.log"
  logs_in || {
    cat "$dir/dovecot.log" >&2
    stop
    die "no user can log in: can every user enter the folders above $dir?"
  }
  cat >"$dir/env" <<ENV
DOVECOT_DIR='$dir'
DOVECOT_IMAP=$DOVECOT_IMAP
DOVECOT_IMAPS=$DOVECOT_IMAPS
DOVECOT_POP3=$DOVECOT_POP3
DOVECOT_POP3S=$DOVECOT_POP3S
DOVECOT_CA='$dir/tls/ca.pem'
DOVECOT_MAIL='$dir/mail'
DOVECOT_USERS='$users'
DOVECOT_TOKEN='$(token $(($(date +%s) + 3600)))'
DOVECOT_STALE_TOKEN='$(token 1500000060)'
ENV
  echo "$("$binary" --version), process $(<"$dir/pid"): imap $DOVECOT_IMAP, imaps $DOVECOT_IMAPS, pop3 $DOVECOT_POP3, pop3s $DOVECOT_POP3S"
}

main "$@"
