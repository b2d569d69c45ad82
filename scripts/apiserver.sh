#!/usr/bin/env bash
# Prints a folder with etcd, kube-apiserver and kubectl for the tests (what KUBEBUILDER_ASSETS names): the one that is
# set, else the one in the cache, else one built there from the pinned Go modules of scripts/apiserver (checked against
# go.sum; about 7 minutes on 2 cores, once). Progress goes to standard error.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
programs=(etcd kube-apiserver kubectl)

has_all() {
  local name
  for name in "${programs[@]}"; do [ -x "$1/$name" ] || return 1; done
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  if has_all "$KUBEBUILDER_ASSETS"; then echo "$KUBEBUILDER_ASSETS" && exit 0; fi
  echo "KUBEBUILDER_ASSETS: was $KUBEBUILDER_ASSETS, which lacks one of ${programs[*]}; unset it to build them, or name a folder that has them (setup-envtest use -p path)" >&2
  exit 1
fi
version="$(sed -n 's/^\tk8s.io\/kubernetes v\([0-9.]*\).*/\1/p' "$here/apiserver/go.mod" | head -1)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/claire/kube-$version"
if has_all "$cache"; then echo "$cache" && exit 0; fi
command -v go >/dev/null || {
  echo "The operator's tests need a real kube-apiserver: install Go 1.24 or newer so that it can be built, or set KUBEBUILDER_ASSETS (setup-envtest use -p path)" >&2
  exit 1
}
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
build() { # build PROGRAM PACKAGE: under its final name only when it is whole
  [ -x "$cache/$1" ] && return
  echo "==> Building $1 $version (once; kept in $cache)" >&2
  local flags="-s -w -X k8s.io/component-base/version.gitVersion=v$version"
  (cd "$here/apiserver" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$flags" -o "$cache/.$1.part" "$2") >&2
  mv "$cache/.$1.part" "$cache/$1"
}
build etcd go.etcd.io/etcd/server/v3
build kubectl k8s.io/kubernetes/cmd/kubectl
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
echo "$cache"
