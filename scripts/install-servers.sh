#!/usr/bin/env bash
# Makes sure that the server programs the tests start are there: PostgreSQL 15, Redis 7 or newer, promtool. Starts nothing.
set -euo pipefail
missing=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing+=(postgresql-15)
command -v redis-server >/dev/null || missing+=(redis-server)
[ -x /usr/bin/promtool ] || missing+=(prometheus)
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "==> Installing ${missing[*]} for the tests (apt-get)"
  # Debian's packages would make a cluster and start services of their own; the tests bring their own folders.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "The tests need server programs that are not there: ${missing[*]}." >&2
  echo "Install them as root (Debian 12: apt-get install ${missing[*]}), then run 'make test' again." >&2
  exit 1
fi
