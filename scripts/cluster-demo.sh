#!/usr/bin/env bash
# A bot that trades on a simulated exchange, in the cluster of $KUBECONFIG: operator by Helm, exchange, TradingBot.
#   LOAD_IMAGE  a command that takes an image's name and brings it into the cluster; `true` when it is there already
#   NAMESPACE   where the bot runs (claire-demo)
# Run again, it upgrades. Remove it: kubectl delete tradingbot --all -n claire-demo, then helm uninstall claire -n claire-system.
set -euo pipefail
cd "$(dirname "$0")/.."
namespace=${NAMESPACE:-claire-demo}
system=claire-system
: "${LOAD_IMAGE:?names the command that brings an image into the cluster, such as: LOAD_IMAGE='kind load docker-image --name claire'}"
command -v kubectl >/dev/null || { echo "kubectl is needed" >&2; exit 1; }
helm=$(scripts/helm.sh)

for image in claire/workloads:0.1.0 claire/operator:0.1.0; do $LOAD_IMAGE "$image"; done

for name in "$namespace" "$system"; do
  kubectl create namespace "$name" --dry-run=client -o yaml | kubectl apply --server-side -f - >/dev/null
  kubectl label namespace "$name" --overwrite pod-security.kubernetes.io/enforce=restricted >/dev/null
done

echo "==> Operator in $system, watching $namespace"
"$helm" upgrade --install claire charts/claire --namespace "$system" --set "watch.namespaces={$namespace}" --wait --timeout 5m

echo "==> Exchange and bot in $namespace"
kubectl apply --server-side -n "$namespace" -f examples/cluster/exchange.yaml
kubectl rollout status -n "$namespace" deployment/exchange --timeout 3m
kubectl apply --server-side -n "$namespace" -f examples/cluster-simulator.yaml
kubectl wait -n "$namespace" tradingbot/cluster-simulator --for=condition=Ready --timeout 10m
kubectl get tradingbots,pods -n "$namespace"
echo "==> Watch it: kubectl get tradingbot -n $namespace -o wide --watch"
