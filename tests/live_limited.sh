#!/usr/bin/env bash
# A fleet beside limits, on this machine alone: a Redis, the fake model and the fake GitHub with limiters of their own, and
# four runners of ten slots each in the profile `fleet`, until all jobs are complete. The fakes' verdict is without a fault, no
# job is lost, and being limited has cost few requests.
# Everything is started here, listens on loopback or in a folder of its own, and is ended here.
# usage: tests/live_limited.sh BUILD_FOLDER [JOBS]
set -euo pipefail
build=$(cd "$1" && pwd) jobs=${2:-60}
runners=4 slots=10
. "$(dirname "${BASH_SOURCE[0]}")/live_common.sh"

password=live-redis-password-91c2
start_redis "$password"
start_fakes "$(dirname "${BASH_SOURCE[0]}")/live-limited.json"

export OPENAI_API_KEY=live-model-key-7f3a OPENAI_BASE_URL=http://$llm/v1 OPENAI_MODEL=gpt-test GITHUB_APP_ID=12345
export GITHUB_APP_PRIVATE_KEY=$folder/app.pem REDIS_URL=unix://:$password@$folder/redis.sock
options=(--set profile=fleet --set llm.protocol=openai --set "github.url=http://$github" --set llm.min_interval=0s
  --set runner.listen= --set jobs.concurrency=$slots)
runner() { "$build/runner" "$@" "${options[@]}"; }

enqueue "$jobs"
workers=()
traces=()
for ((n = 1; n <= runners; ++n)); do
  traces+=("$folder/trace-$n.jsonl")
  "$build/runner" work --trace "$folder/trace-$n.jsonl" --set runner.name="runner-$n" "${options[@]}" 2>"$folder/runner-$n.log" &
  workers+=($!)
done
pids+=("${workers[@]}")
until_true 600 nothing_left
for worker in "${workers[@]}"; do kill -TERM "$worker"; done
for worker in "${workers[@]}"; do wait "$worker"; done
"$build/rehearse" check --together "${traces[@]}"
end_fakes

# asked OPERATION STATUS: how many requests were answered so
asked() { grep -c "\"operation\":\"$1\".*\"status\":$2" "$folder/requests.jsonl" || true; }
questions=$(asked chat 200) refused_questions=$(asked chat 429)
comments=$(asked comments.create 201) refused_comments=$(($(asked comments.create 403) + $(asked comments.create 429)))
must_be "jobs with a comment" "$jobs" "$(posted | sort -u | wc -l)"
must_be "comments posted" "$jobs" "$(posted | wc -l)"
for ((n = 1; n <= runners; ++n)); do
  printf 'live: runner-%d completed %d jobs\n' "$n" "$(grep -c '"event":"job.completed"' "$folder/trace-$n.jsonl")"
done
echo "live: $questions questions answered, $refused_questions refused; $comments comments posted, $refused_comments refused"
# Without refusals nothing was limited, and nothing was shown.
((refused_questions > 0 && refused_comments > 0)) || { echo "live: no limit was met" >&2; exit 1; }
((10 * refused_questions <= 3 * questions && 10 * refused_comments <= 3 * comments)) ||
  { echo "live: more than 1.3 requests for each answer" >&2; exit 1; }
