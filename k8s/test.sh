#!/usr/bin/env bash
# Tries the suite on the cluster of KUBECONFIG, where it must not be yet, and removes it again.
#   k8s/test.sh [--smoke] [--next FOLDER] [FOLDER]
# FOLDER is the kustomization to apply (this folder), --next that of a version to upgrade to; --smoke leaves out all but: apply, a photo,
# one roll, down.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -d "$here/node_modules" ] || (cd "$here/.." && npx -y pnpm@12 install --frozen-lockfile)
PATH=$here/../node_modules/.bin:$PATH exec node "$here/src/cluster/main.ts" "$@"
