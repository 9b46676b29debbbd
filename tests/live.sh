#!/usr/bin/env bash
# Production on this machine alone: a Redis, the fake model and the fake GitHub on sockets, all behind TLS, a runner, and jobs
# until all are complete, each with one comment, through a rate limit and a lost answer, and no secret in anything that was
# written.
# Everything is started here, listens on loopback or in a folder of its own, and is ended here.
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

# Secrets that are easily found again, wherever they should turn up.
key=live-model-key-7f3a password=live-redis-password-91c2
redis-server - --port 0 --unixsocket "$folder/redis.sock" --save '' --appendonly no --dir "$folder" >"$folder/redis.log" \
  <<<"requirepass $password" &
pids+=($!)
"$build/rehearse" serve "$scenario" --llm 127.0.0.1:0 --github 127.0.0.1:0 --requests "$folder/requests.jsonl" \
  >"$folder/serve.out" 2>"$folder/serve.log" &
serve=$!
pids+=("$serve")
until_true 20 test -S "$folder/redis.sock"
until_true 20 grep -qx ready "$folder/serve.out"
llm=$(sed -n 's/^llm //p' "$folder/serve.out") github=$(sed -n 's/^github //p' "$folder/serve.out")
openssl genrsa -out "$folder/app.pem" 2048 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=live -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>/dev/null
"$(dirname "$scenario")/tls_proxy.py" "$folder/tls.crt" "$folder/tls.key" "$llm" "$github" "$folder/redis.sock" \
  >"$folder/tls.out" 2>"$folder/tls.log" &
pids+=($!)
until_true 20 grep -qx ready "$folder/tls.out"
{ read -r llm; read -r github; read -r redis; } <"$folder/tls.out"

export OLLAMA_API_KEY=$key OLLAMA_API_URL=https://$llm/api GITHUB_APP_ID=12345
export GITHUB_APP_PRIVATE_KEY=$folder/app.pem REDIS_URL=rediss://:$password@$redis
options=(--set "github.url=https://$github" --set llm.min_interval=10ms --set runner.listen=127.0.0.1:0 --set jobs.concurrency=4)
if "$build/runner" check "${options[@]}" >"$folder/untrusted.log" 2>&1; then
  echo "live: a certificate that nobody vouches for was trusted" >&2
  exit 1
fi
# must_be WHAT EXPECTED ACTUAL
must_be() { [[ $2 == "$3" ]] || { echo "live: $1: $3 instead of $2" >&2; exit 1; }; }
must_be "services that an unknown certificate was refused for" 3 "$(grep -ci certificate "$folder/untrusted.log")"
options+=(--set "runner.ca_file=$folder/tls.crt")
runner() { "$build/runner" "$@" "${options[@]}"; }
runner check | tee "$folder/check.log"
must_be "clocks that differ" 1 "$(grep -c "this machine's clock is 7\(199\|200\)s behind GitHub's" "$folder/check.log")"
"$build/runner" work --trace "$folder/trace.jsonl" "${options[@]}" 2>"$folder/runner.log" &
worker=$!
pids+=("$worker")
for ((n = 1; n <= jobs; ++n)); do
  printf '{"id":"job-%d","repo":"octo/hello","issue":%d,"installation":1,"prompt":"Say hi."}\n' "$n" "$n"
done | runner enqueue -
nothing_left() {
  local left
  left=$(runner jobs --json) || { echo "live: runner jobs failed" >&2; exit 1; }
  [[ -z $left ]]
}
until_true 60 nothing_left
kill -TERM "$worker"
wait "$worker"
cat "$folder/runner.log"
"$build/rehearse" check "$folder/trace.jsonl" | tee "$folder/check.out"
kill -TERM "$serve"
wait "$serve" || { cat "$folder/serve.out" >&2; exit 1; }
sed -n '/^verdict/,$p' "$folder/serve.out"

told() { grep -c -- "$1" "$folder/trace.jsonl" || true; }
completed=$(told '"event":"job.completed"')
must_be "jobs completed" "$jobs" "$completed"
# Without them it was no bad day, and nothing was shown.
must_be "rate limits met" 1 "$(told '"event":"call.failed".*"api":"llm.chat".*"status":429')"
must_be "lost answers met" 1 "$(told '"event":"call.failed".*"api":"github.comments.create".*"failure":"connection"')"
# What the fake GitHub did: a comment was posted where it answered 201 and where its answer was lost.
posted=$(sed -n 's/.*"operation":"comments.create","job":"\([^"]*\)".*\("answer":"reset"\|"status":201\).*/\1/p' "$folder/requests.jsonl")
must_be "comments posted" "$jobs" "$(wc -l <<<"$posted")"
must_be "jobs with a comment" "$jobs" "$(sort -u <<<"$posted" | wc -l)"
pem=$(sed -n 2p "$folder/app.pem")
found=$(grep -rlF -e "$key" -e "$password" -e "$pem" --exclude=app.pem "$folder" || true)
must_be "files with a secret" "" "$found"
echo "live: $completed of $jobs jobs completed, each with one comment"
