#!/usr/bin/env bash
# One scenario, one trace: compares the digests that several builds of `rehearse` print for the same scenarios.
#   tests/digests.sh [--scenarios FOLDER]... [--worlds N] REFERENCE OTHER...
# With --worlds also the digest of N random worlds, which the reference runs on one thread and the others on two.
# Exit status 0 when all builds agree, 1 when one differs, fails or prints no digest, 2 for bad usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  echo "usage: tests/digests.sh [--scenarios FOLDER]... [--worlds N] REFERENCE OTHER..." >&2
  exit 2
}

folders=()
worlds=0
while [[ ${1:-} == --* ]]; do
  (($# >= 2)) || usage
  case $1 in
    --scenarios) folders+=("$2") ;;
    --worlds) worlds=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[[ $worlds =~ ^[0-9]+$ ]] || usage
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

digest_of_worlds() {
  local binary=$1 threads=$2 first=${3:-0} count=${4:-$worlds} output status=0
  output=$(timeout 3000 "$binary" fuzz --quiet --first "$first" --runs "$count" --threads "$threads" 2>&1) || status=$?
  if ((status != 0)); then
    printf 'digests: %s random worlds: %s ended with status %d:\n%s\n' \
      "$worlds" "$binary" "$status" "$(tail -n 20 <<<"$output")" >&2
    return 1
  fi
  grep -E '^digest: [0-9a-f]+$' <<<"$output"
}

# The first of the worlds that two programs run differently, by halving; then where its traces part.
show_first_difference() {
  local reference=$1 other=$2 low=0 high=$worlds middle folder title
  while ((high - low > 1)); do
    middle=$(((low + high) / 2))
    if [[ $(digest_of_worlds "$reference" 1 "$low" "$((middle - low))") == \
      $(digest_of_worlds "$other" 2 "$low" "$((middle - low))") ]]; then
      low=$middle
    else
      high=$middle
    fi
  done
  folder=$(mktemp -d)
  title=fuzz-1-$low
  "$reference" fuzz --world "$low" >"$folder/$title.json"
  show_traces "$reference" "$other" "$folder/$title.json"
  rm -r "$folder"
}

# Where the traces of one scenario part.
show_traces() {
  local folder
  folder=$(mktemp -d)
  "$1" run --quiet --trace "$folder/reference" "$3" >"$folder/output" 2>&1 || true
  "$2" run --quiet --trace "$folder/other" "$3" >"$folder/output" 2>&1 || true
  echo "digests: $3, $1 and $2:" >&2
  "$1" diff "$folder/reference" "$folder/other" >&2 || true
  rm -r "$folder"
}

compare_worlds() {
  local reference=$1 wanted found
  wanted=$(digest_of_worlds "$reference" 1) || return 1
  for binary in "${@:2}"; do
    found=$(digest_of_worlds "$binary" 2) || return 1
    if [[ $found != "$wanted" ]]; then
      echo "digests: $worlds random worlds differ: $reference $wanted, $binary $found" >&2
      show_first_difference "$reference" "$binary"
      return 1
    fi
    echo "digests: $binary on two threads agrees with $reference on one, over $worlds random worlds"
  done
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
      show_traces "$reference" "$binary" "$file"
      failed=1
      break
    fi
    agreed=$((agreed + 1))
  done
  echo "digests: $binary agrees with $reference on $agreed of ${#files[@]} scenarios"
done
if ((worlds > 0)); then
  compare_worlds "$reference" "$@" || failed=1
fi
exit "$failed"
