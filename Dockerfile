# Images of Claire: `--target workloads` for the pods of a bot, `--target operator` for the operator.
#   make images            builds both with docker, podman or buildah, whichever is there
# The layout is the one of the repository and nothing is compiled: Node runs the TypeScript that was reviewed. Packages are
# those of package-lock.json; npm runs in build stages only.
ARG BASE=node:24-slim

FROM ${BASE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY workloads/package.json workloads/
COPY cdk8s/package.json cdk8s/
COPY operator/package.json operator/

# Without optional packages: those are the embedded PostgreSQL of one machine.
FROM manifests AS workloads-packages
RUN npm ci --workspace workloads --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# Of workloads the operator uses the contract alone, so the packages of the rest stay away: no database client can be
# reached from it. The versions are still those of the lock file.
FROM manifests AS operator-packages
COPY scripts/contract-only.mjs /tmp/
RUN node /tmp/contract-only.mjs \
 && npm install --workspace operator --workspace cdk8s --workspace workloads --omit=dev --omit=optional \
      --ignore-scripts --no-audit --no-fund --no-save

FROM ${BASE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Claire" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
WORKDIR /app

FROM runtime AS workloads
COPY --from=workloads-packages /app /app
COPY workloads/src workloads/src
COPY workloads/sql workloads/sql
RUN ln -s /app/workloads/src/cli/main.ts /usr/local/bin/claire
USER 1000:1000
ENTRYPOINT ["node", "/app/workloads/src/cli/main.ts"]

FROM runtime AS operator
COPY --from=operator-packages /app /app
COPY workloads/src/contract workloads/src/contract
COPY workloads/src/domain workloads/src/domain
COPY cdk8s/src cdk8s/src
COPY operator/src operator/src
USER 1000:1000
# Few pools, and large buffers (pages of lists) given back at once: glibc keeps what it had for a while otherwise.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
# Without a bound the heap grows to what the machine has before it is cleaned; the rest of the limit is for everything else.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--max-old-space-size-percentage=50", "/app/operator/src/main.ts"]
