#!/bin/sh
# `pnpm dev`, on any Node from 20 on: what the machine needs, and then the suite on the Node that comes with the packages.
set -e
node packages/system/src/prepare.js "$@"
# By its path: this shell goes on with the node that it has found before.
exec node_modules/.bin/node tools/dev/src/main.ts "$@"
