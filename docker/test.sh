#!/usr/bin/env bash
# Builds all images, looks into each, runs the whole system with compose under a name of its own, and breaks it.
#   docker/test.sh                on the Docker engine that `docker` reaches
#   docker/test.sh --lab FOLDER   on one in a throw-away machine, which the scripts in FOLDER make (box.sh); needs root and namespaces
# COMPOSE_FILE=docker/compose.yaml docker/test.sh tests with the official images of MySQL and NSQ.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -d node_modules ] || npx -y pnpm@12 install --frozen-lockfile

if [ "${1:-}" = --lab ]; then
  work=$(mktemp -d /var/tmp/livepods-docker-XXXXXX)
  trap 'docker/lab-engine.sh down "$work"' EXIT
  start=$SECONDS
  docker/lab-engine.sh up "$2" "$work"
  echo "an engine and a Node image without a registry: $((SECONDS - start)) s"
  docker/lab-engine.sh run "$work" docker/test.sh
  exit
fi

export COMPOSE_FILE=${COMPOSE_FILE:-docker/compose.yaml:docker/compose.no-registry.yaml}
export COMPOSE_PROJECT_NAME=livepods-test COMPOSE_PROFILES=samples,case-study DOCKER_BUILDKIT=1
export RECEIVER_PORT=0 FRONTEND_PORT=0 MEDIA_PORT=0 RTMP_PORT=0 RELAY_PORT=0 SINK_PORT=0 WHOAMI_PORT=0
export PATH=$PWD/node_modules/.bin:$PATH

start=$SECONDS
# These groups have images, but need a cluster, or projects, to do anything.
with_others() { COMPOSE_PROFILES=$COMPOSE_PROFILES,delivery,compute "$@"; }
with_others docker compose --progress quiet build
echo "images built: $((SECONDS - start)) s"
with_others node docker/src/sizes.ts
with_others node --test docker/test/engine/images.test.ts
node --test docker/test/engine/system.test.ts
