#!/usr/bin/env bash
# Installs Debian packages that are missing. Arguments: PACKAGE:COMMAND or PACKAGE:PATH-PATTERN.
set -euo pipefail
missing=()
for pair in "$@"; do
  package=${pair%%:*} proof=${pair#*:}
  if [[ $proof == /* ]]; then compgen -G "$proof" >/dev/null || missing+=("$package")
  else command -v "$proof" >/dev/null || missing+=("$package"); fi
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "== Installing for the tests: ${missing[*]}"
root=(); [ "$(id -u)" -eq 0 ] || root=(sudo)
"${root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
