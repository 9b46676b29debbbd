#!/usr/bin/env bash
# One scenario, one trace: compares the digests that several builds of `rehearse` print for the same scenarios.
#   tests/digests.sh [--scenarios FOLDER]... REFERENCE OTHER...
# Exit status 0 when all builds agree, 1 when one differs, fails or prints no digest, 2 for bad usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  echo "usage: tests/digests.sh [--scenarios FOLDER]... REFERENCE OTHER..." >&2
  exit 2
}

folders=()
while [[ ${1:-} == --* ]]; do
  [[ $1 == --scenarios && $# -ge 2 ]] || usage
  folders+=("$2")
  shift 2
done
(($# >= 2)) || usage
if ((${#folders[@]} == 0)); then
  folders=(scenarios/documented scenarios/smoke)
  [[ -d scenarios/regress ]] && folders+=(scenarios/regress)
fi

for folder in "${folders[@]}"; do
  [[ -d $folder ]] || {
    echo "digests: no folder $folder" >&2
    exit 1
  }
done
mapfile -t files < <(find "${folders[@]}" -name '*.json' -type f | LC_ALL=C sort)
if ((${#files[@]} == 0)); then
  echo "digests: no scenarios in ${folders[*]}" >&2
  exit 1
fi

# One run a file: a difference is then named by its scenario, whatever else a run prints.
digest_of() {
  local binary=$1 file=$2 output status=0
  output=$(timeout 300 "$binary" run --quiet --format text "$file" 2>&1) || status=$?
  if ((status != 0)); then
    printf 'digests: %s: %s ended with status %d:\n%s\n' "$file" "$binary" "$status" "$(tail -n 20 <<<"$output")" >&2
    return 1
  fi
  grep -E '^digest: [0-9a-f]+$' <<<"$output" || {
    printf 'digests: %s: %s printed no digest\n' "$file" "$binary" >&2
    return 1
  }
}

declare -A expected
reference=$1
shift
for file in "${files[@]}"; do
  expected[$file]=$(digest_of "$reference" "$file")
done
failed=0
for binary in "$@"; do
  agreed=0
  for file in "${files[@]}"; do
    if ! found=$(digest_of "$binary" "$file"); then
      failed=1
      break
    elif [[ $found != "${expected[$file]}" ]]; then
      printf 'digests: %s differs\n  %s: %s\n  %s: %s\n' \
        "$file" "$reference" "${expected[$file]}" "$binary" "$found" >&2
      failed=1
      break
    fi
    agreed=$((agreed + 1))
  done
  echo "digests: $binary agrees with $reference on $agreed of ${#files[@]} scenarios"
done
exit "$failed"
