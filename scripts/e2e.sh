#!/usr/bin/env bash
# The end-to-end test: builds the images, brings them into the cluster, and proves a whole bot there (docs/testing.md).
#   KUBECONFIG        the cluster; or
#   E2E_CLUSTER_UP    a command that starts one and prints `export KUBECONFIG=…`
#   E2E_CLUSTER_DOWN  a command that ends it; run at the end, whatever happened
#   BUILD_IMAGE       a command with the arguments of `docker build` (-t, --target, --build-arg, folder) that also loads the
#                     image; without it scripts/images.sh builds and
#   LOAD_IMAGE        brings an image of that name into the cluster (`true` when it gets there by itself)
#   E2E_IMAGES=have   the images are there already
#   E2E_RESTART       a command that restarts a service of the node, given its name (kubelet, containerd), such as
#                     'ssh node sudo systemctl restart'; without it --full leaves those restarts out, and says so
#   E2E_ARGS          arguments of e2e/run.ts; --help lists them
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(node -p "require('./package.json').version")

down() {
  status=$?
  trap - EXIT
  if [ -n "${E2E_CLUSTER_DOWN:-}" ]; then
    echo "==> Ending the cluster"
    $E2E_CLUSTER_DOWN || true
  fi
  exit "$status"
}
trap down EXIT
trap 'exit 130' INT TERM

no_cluster() {
  echo "$1" >&2
  mkdir -p build/e2e && touch build/e2e/no-cluster
  exit 69
}
rm -f build/e2e/no-cluster

if [ -n "${E2E_CLUSTER_UP:-}" ]; then
  echo "==> Starting the cluster: $E2E_CLUSTER_UP"
  # A cluster that does not come up within ten minutes never does.
  settings=$(timeout 600 $E2E_CLUSTER_UP) || no_cluster "The cluster did not start: see the messages above"
  eval "$(grep '^export ' <<<"$settings")"
fi
: "${KUBECONFIG:?must name the cluster to test on (or E2E_CLUSTER_UP a command that starts one)}"
KUBECTL=${KUBECTL:-$(command -v kubectl || echo "${KUBEBUILDER_ASSETS:-/nowhere}/kubectl")}
[ -x "$KUBECTL" ] || { echo "kubectl is needed: install it, or set KUBECTL or KUBEBUILDER_ASSETS" >&2; exit 69; }
HELM=$(scripts/helm.sh)
export KUBECONFIG KUBECTL HELM
"$KUBECTL" get --raw /readyz --request-timeout=15s >/dev/null ||
  no_cluster "The cluster of KUBECONFIG ($KUBECONFIG) does not answer"

if [ "${E2E_IMAGES:-}" = have ]; then
  echo "==> Using the images that are there"
elif [ -n "${BUILD_IMAGE:-}" ]; then
  for image in workloads operator; do
    echo "==> Building claire/$image:$version"
    $BUILD_IMAGE -t "claire/$image:$version" --target "$image" --build-arg "VERSION=$version" .
  done
  echo "==> Building claire/operator:next"
  $BUILD_IMAGE -t claire/operator:next --build-arg "BASE=claire/operator:$version" e2e/next
else
  : "${LOAD_IMAGE:?names the command that brings an image into the cluster, such as: LOAD_IMAGE='kind load docker-image --name claire'}"
  scripts/images.sh --next
  for image in "workloads:$version" "operator:$version" operator:next; do $LOAD_IMAGE "claire/$image"; done
fi
npx --no-install node e2e/run.ts ${E2E_ARGS:-}
