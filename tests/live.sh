#!/usr/bin/env bash
# Production on this machine alone: a Redis, the fake model and the fake GitHub on sockets, a runner, and jobs until all are
# complete. Everything is started here, listens on loopback or in a folder of its own, and is ended here.
# usage: tests/live.sh BUILD_FOLDER [JOBS]
set -euo pipefail
build=$(cd "$1" && pwd) jobs=${2:-10}
scenario=$(dirname "${BASH_SOURCE[0]}")/live.json
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

redis-server --port 0 --unixsocket "$folder/redis.sock" --save '' --appendonly no --dir "$folder" >"$folder/redis.log" &
pids+=($!)
"$build/rehearse" serve "$scenario" --llm 127.0.0.1:0 --github 127.0.0.1:0 >"$folder/serve.out" 2>"$folder/serve.log" &
serve=$!
pids+=("$serve")
until_true 20 test -S "$folder/redis.sock"
until_true 20 grep -qx ready "$folder/serve.out"
llm=$(sed -n 's/^llm //p' "$folder/serve.out") github=$(sed -n 's/^github //p' "$folder/serve.out")
openssl genrsa -out "$folder/app.pem" 2048 2>/dev/null

export OLLAMA_API_KEY=live-key OLLAMA_API_URL=http://$llm/api GITHUB_APP_ID=12345
export GITHUB_APP_PRIVATE_KEY=$folder/app.pem REDIS_URL=unix://$folder/redis.sock
options=(--set "github.url=http://$github" --set llm.min_interval=10ms --set runner.listen=127.0.0.1:0 --set jobs.concurrency=4)
runner() { "$build/runner" "$@" "${options[@]}"; }
runner check
"$build/runner" work --trace "$folder/trace.jsonl" "${options[@]}" 2>"$folder/runner.log" &
worker=$!
pids+=("$worker")
for ((n = 1; n <= jobs; ++n)); do
  printf '{"id":"job-%d","repo":"octo/hello","issue":%d,"installation":1,"prompt":"Say hi."}\n' "$n" "$n"
done | runner enqueue -
nothing_left() { [[ -z $(runner jobs --json) ]]; }
until_true 60 nothing_left
kill -TERM "$worker"
wait "$worker"
cat "$folder/runner.log"
completed=$(grep -c '"event":"job.completed"' "$folder/trace.jsonl")
"$build/rehearse" check "$folder/trace.jsonl"
kill -TERM "$serve"
wait "$serve" || { cat "$folder/serve.out" >&2; exit 1; }
sed -n '/^verdict/,$p' "$folder/serve.out"
echo "live: $completed of $jobs jobs completed"
((completed == jobs))
