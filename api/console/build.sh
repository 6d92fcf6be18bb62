#!/usr/bin/env bash
# Builds the review page into api/console/dist with the Node.js that node.sh finds.
set -euo pipefail
cd "$(dirname "$0")"
./node.sh npm ci --no-fund --no-audit --loglevel=error
./node.sh node node_modules/vite/bin/vite.js build --logLevel warn
echo "review page built: api/console/dist"
