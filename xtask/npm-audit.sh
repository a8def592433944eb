#!/usr/bin/env bash
# Known faults of the packages the browser gets. A registry that answers no audits is said, not passed over in silence.
set -uo pipefail
cd "$(dirname "$0")/../web"
said=$(npm audit --omit=dev --audit-level=high 2>&1) && { echo "npm audit: nothing known"; exit 0; }
if grep -qiE 'audit endpoint returned an error|ENOTFOUND|ECONNREFUSED|E405' <<<"$said"; then
  echo "npm audit: this registry answers no audits; not checked here"
  exit 0
fi
echo "$said"
exit 1
