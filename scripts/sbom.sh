#!/usr/bin/env bash
# Writes what is in each image to build/sbom/<image>.spdx.json, from the lock file and by the steps of the Dockerfile.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/build/sbom
mkdir -p "$out"

sbom() { # sbom IMAGE WORKSPACE...
  local image=$1 work workspace arguments=()
  shift
  for workspace in "$@"; do arguments+=(--workspace "$workspace"); done
  work=$(mktemp -d)
  cp "$root/package.json" "$root/package-lock.json" "$root/.npmrc" "$work"
  for workspace in workloads cdk8s operator; do
    mkdir -p "$work/$workspace"
    cp "$root/$workspace/package.json" "$work/$workspace"
  done
  if [ "$image" = operator ]; then
    (cd "$work" && node "$root/scripts/contract-only.mjs" && npm install --package-lock-only --ignore-scripts --silent)
  fi
  # An optional package that is left out stays in the list of a lock file; it is not in the image.
  (cd "$work" && npm sbom --package-lock-only "${arguments[@]}" --omit=dev --omit=optional --sbom-format spdx) >"$out/$image.spdx.json"
  rm -rf "$work"
  echo "build/sbom/$image.spdx.json: $(grep -c '"SPDXID": "SPDXRef-Package' "$out/$image.spdx.json") packages"
}

sbom workloads workloads
sbom operator operator cdk8s workloads
