#!/usr/bin/env bash
# Builds the images claire/workloads and claire/operator with docker, podman or buildah, whichever works here;
# with --next also claire/operator:next, the operator of a later release that an end-to-end step upgrades to.
# Settings: BASE (the Node image), VERSION (the tag), BUILDER (the program).
set -euo pipefail
cd "$(dirname "$0")/.."
version=${VERSION:-$(node -p "require('./package.json').version")}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

works() {
  case $1 in
    docker | podman) "$1" info >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

find_builder() {
  local program
  for program in ${BUILDER:-docker podman buildah}; do
    if works "$program"; then echo "$program" && return; fi
  done
  echo "Images need docker, podman or buildah: none of them works here (BUILDER names another program with the arguments of 'docker build')" >&2
  return 1
}

builder=$(find_builder)
for image in workloads operator; do
  echo "==> Building claire/$image:$version with $builder"
  "$builder" build --target "$image" --tag "claire/$image:$version" --build-arg "VERSION=$version" \
    --build-arg "REVISION=$revision" ${BASE:+--build-arg "BASE=$BASE"} .
done
if [ "${1:-}" = --next ]; then
  echo "==> Building claire/operator:next with $builder"
  "$builder" build --tag claire/operator:next --build-arg "BASE=claire/operator:$version" e2e/next
fi
