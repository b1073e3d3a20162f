#!/usr/bin/env bash
# Tries the suite on the cluster of KUBECONFIG, where it must not be yet, and removes it again.
#   k8s/test.sh --help
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -d "$here/node_modules" ] || (cd "$here/.." && npx -y pnpm@12 install --frozen-lockfile)
PATH=$here/../node_modules/.bin:$PATH exec node "$here/src/cluster/main.ts" "$@"
