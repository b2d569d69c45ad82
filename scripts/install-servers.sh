#!/usr/bin/env bash
# Makes sure that the PostgreSQL 15 server programs the tests start are there. Starts nothing.
set -euo pipefail
if [ -x /usr/lib/postgresql/15/bin/initdb ]; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "==> Installing postgresql-15 for the tests (apt-get)"
  # Debian's package would make and start a cluster of its own; the tests bring their own folder.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
else
  echo "The tests need the PostgreSQL 15 server programs in /usr/lib/postgresql/15/bin:" >&2
  echo "install them as root (Debian 12: apt-get install postgresql-15), then run 'make test' again." >&2
  exit 1
fi
