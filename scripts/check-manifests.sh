#!/usr/bin/env bash
# An independent reader (kube-score) looks at what the examples and the chart become in a cluster; anything it finds fails,
# but for the exceptions below. Uses the kube-score of this machine, or builds the pinned one with Go, once; exits with 69
# where there is neither.
set -euo pipefail
cd "$(dirname "$0")/.."
version=v1.20.0
tools=build/tools/kube-score-$version
out=build/manifests

# Each exception, and why:
exceptions=(
  # No limit of processor time: the kernel would let an order wait though the processor is free. Requests are set.
  --ignore-container-cpu-limit
  # Images are pinned by digest or version; asking the registry at every start would keep a bot from starting without it.
  --ignore-test container-image-pull-policy
  # Every emptyDir has its own limit. A limit for the pod would count its logs, and evict a bot that holds a position.
  --ignore-test container-ephemeral-storage-request-and-limit
  # The databases run as the users that their images are made for; no pod runs as root, and none shares the host's files.
  --ignore-test container-security-context-user-group-id
  # The operator's pods are spread by topologySpreadConstraints, which this check does not know.
  --ignore-test deployment-has-host-podantiaffinity
)

if command -v kube-score >/dev/null; then
  score=kube-score
else
  score=$tools/kube-score
  if [ ! -x "$score" ]; then
    command -v go >/dev/null || {
      echo "kube-score is needed: install it, or Go, with which it is built ($version)" >&2
      exit 69
    }
    echo "==> Building kube-score $version (once)" >&2
    GOBIN="$PWD/$tools" GOFLAGS=-modcacherw go install "github.com/zegl/kube-score/cmd/kube-score@$version" || {
      echo "kube-score could not be built (messages above): install it, and run this again" >&2
      exit 69
    }
  fi
fi

rm -rf "$out" && mkdir -p "$out"
for example in examples/*.yaml examples/cluster/*.yaml; do
  grep -q '^kind: TradingBot' "$example" || continue
  # What replays files runs on a machine, not in a cluster.
  if grep -q 'venue: replay' "$example"; then continue; fi
  npx --no-install node cdk8s/src/cli/manifests.ts -f "$example" >"$out/$(basename "$example")"
done
helm=$(scripts/helm.sh)
"$helm" template claire charts/claire --namespace claire-system >"$out/chart.yaml"
for values in charts/claire/ci/*.yaml; do
  "$helm" template claire charts/claire --namespace claire-system -f "$values" >"$out/chart-$(basename "$values")"
done

echo "==> kube-score reads $(ls "$out" | wc -l) files"
result=$("$score" score --kubernetes-version v1.34 --exit-one-on-warning --output-format ci "${exceptions[@]}" "$out"/*.yaml) || status=$?
grep -v '^\[OK\]\|^\[SKIPPED\]' <<<"$result" || true
echo "$(grep -c '^\[OK\]' <<<"$result" || true) checks passed"
exit "${status:-0}"
