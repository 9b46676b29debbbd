# What tests/live.sh and tests/live_limited.sh have in common: a folder of their own, the processes that they start and
# end, and how they wait and compare. To be sourced; `build` is the build folder.
folder=$(mktemp -d)
pids=()

finish() {
  local status=$?
  trap - EXIT
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if ((status != 0)); then
    echo "live: FAILED; what the parts said:" >&2
    tail -n 30 "$folder"/*.log >&2 || true
  fi
  rm -rf "$folder"
  exit "$status"
}
trap finish EXIT

# until_true SECONDS COMMAND...
until_true() {
  local tries=$(($1 * 10))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

# must_be WHAT EXPECTED ACTUAL
must_be() { [[ $2 == "$3" ]] || { echo "live: $1: $3 instead of $2" >&2; exit 1; }; }

# start_redis PASSWORD: at $folder/redis.sock
start_redis() {
  redis-server - --port 0 --unixsocket "$folder/redis.sock" --save '' --appendonly no --dir "$folder" >"$folder/redis.log" \
    <<<"requirepass $1" &
  pids+=($!)
}

# start_fakes SCENARIO: sets `serve`, and `llm` and `github` to HOST:PORT
start_fakes() {
  "$build/rehearse" serve "$1" --llm 127.0.0.1:0 --github 127.0.0.1:0 --requests "$folder/requests.jsonl" \
    >"$folder/serve.out" 2>"$folder/serve.log" &
  serve=$!
  pids+=("$serve")
  until_true 20 test -S "$folder/redis.sock"
  until_true 20 grep -qx ready "$folder/serve.out"
  llm=$(sed -n 's/^llm //p' "$folder/serve.out") github=$(sed -n 's/^github //p' "$folder/serve.out")
  openssl genrsa -out "$folder/app.pem" 2048 2>/dev/null
}

# enqueue JOBS: each about an issue of its own
enqueue() {
  for ((n = 1; n <= $1; ++n)); do
    printf '{"id":"job-%d","repo":"octo/hello","issue":%d,"installation":1,"prompt":"Say hi."}\n' "$n" "$n"
  done | runner enqueue -
}

nothing_left() {
  local left
  left=$(runner jobs --json) || { echo "live: runner jobs failed" >&2; exit 1; }
  [[ -z $left ]]
}

# Ends the fakes and shows their verdict; it must be without a fault.
end_fakes() {
  kill -TERM "$serve"
  wait "$serve" || { cat "$folder/serve.out" >&2; exit 1; }
  sed -n '/^verdict/,$p' "$folder/serve.out"
}

# The jobs that have a comment, one line for each comment: it was posted where the fake answered 201 and where its answer
# was lost.
posted() {
  sed -n 's/.*"operation":"comments.create","job":"\([^"]*\)".*\("answer":"reset"\|"status":201\).*/\1/p' "$folder/requests.jsonl"
}
