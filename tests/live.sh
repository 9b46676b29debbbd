#!/usr/bin/env bash
# Production on this machine alone: a Redis, the fake model and the fake GitHub on sockets, all behind TLS, a runner, and jobs
# until all are complete, each with one comment, through a rate limit and a lost answer, and no secret in anything that was
# written.
# Everything is started here, listens on loopback or in a folder of its own, and is ended here.
# usage: tests/live.sh BUILD_FOLDER [JOBS]
set -euo pipefail
build=$(cd "$1" && pwd) jobs=${2:-10}
scenario=$(dirname "${BASH_SOURCE[0]}")/live.json
. "$(dirname "${BASH_SOURCE[0]}")/live_common.sh"

# Secrets that are easily found again, wherever they should turn up.
key=live-model-key-7f3a password=live-redis-password-91c2
start_redis "$password"
start_fakes "$scenario"
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
must_be "services that an unknown certificate was refused for" 3 "$(grep -ci certificate "$folder/untrusted.log")"
options+=(--set "runner.ca_file=$folder/tls.crt")
runner() { "$build/runner" "$@" "${options[@]}"; }
runner check | tee "$folder/check.log"
must_be "clocks that differ" 1 "$(grep -c "this machine's clock is 7\(199\|200\)s behind GitHub's" "$folder/check.log")"
"$build/runner" work --trace "$folder/trace.jsonl" "${options[@]}" 2>"$folder/runner.log" &
worker=$!
pids+=("$worker")
enqueue "$jobs"
until_true 60 nothing_left
kill -TERM "$worker"
wait "$worker"
cat "$folder/runner.log"
"$build/rehearse" check "$folder/trace.jsonl" | tee "$folder/check.out"
end_fakes

told() { grep -c -- "$1" "$folder/trace.jsonl" || true; }
completed=$(told '"event":"job.completed"')
must_be "jobs completed" "$jobs" "$completed"
# Without them it was no bad day, and nothing was shown.
must_be "rate limits met" 1 "$(told '"event":"call.failed".*"api":"llm.chat".*"status":429')"
must_be "lost answers met" 1 "$(told '"event":"call.failed".*"api":"github.comments.create".*"failure":"connection"')"
must_be "comments posted" "$jobs" "$(posted | wc -l)"
must_be "jobs with a comment" "$jobs" "$(posted | sort -u | wc -l)"
pem=$(sed -n 2p "$folder/app.pem")
found=$(grep -rlF -e "$key" -e "$password" -e "$pem" --exclude=app.pem "$folder" || true)
must_be "files with a secret" "" "$found"
echo "live: $completed of $jobs jobs completed, each with one comment"
