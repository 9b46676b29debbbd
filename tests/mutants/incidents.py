"""Bugs that somebody might have written who had not met a line of docs/incidents.md, one for each of its lines.

`mutants.py --pairs` proves that the test beside the line sees it. The rows are those of second.py: the bug's name, its file, the
text that stands there once, what takes its place, and what goes wrong.
"""

INCIDENTS = [
    ("enqueue-ends-at-a-long-line", "reports/trace/line_reader.cpp", "  if (in_long_line_) pass_over_line();\n", "  if (in_long_line_) return std::nullopt;\n", "What stands behind a line that is too long is never put in, and nobody is told."),
    ("tool-is-called-once-too-often", "core/agent/agent.cpp", "counts[index] >= most) {", "counts[index] > most) {", "A model posts one comment more than the operator allows."),
    ("tool-limit-is-everybodys", "core/config/config.cpp", "  return found == tools.end() ? kMostToolCalls : found->second.most_calls;\n", "  return found == tools.end() ? kMostToolCalls : kMostToolCalls;\n", "What the operator set for a tool is not heeded."),
    ("claim-brings-any-number-of-bytes", "core/queue/scripts/claim.lua", "  if i > 1 and bytes + size > most_bytes then\n", "  if i > 1 and bytes + size == math.huge then\n", "Many ordinary prompts make a reply that breaks the connection; the repeated claim renews the leases, and nobody ever runs the jobs."),
    ("claim-too-large-job-is-malformed", "core/queue/scripts/claim.lua", "size > most_bytes\n", "false\n", "A job that is too large to be read is called malformed, as if somebody had read it."),
    ("claim-drops-what-does-not-fit", "core/queue/scripts/claim.lua", "      if not is_repeated then call('LPUSH', root .. 'ready', ids[rest]) end\n", "", "The jobs that a reply has no room for are on no list any more."),
    ("claim-turns-the-rest-round", "core/queue/scripts/claim.lua", "    for rest = #ids, i, -1 do\n", "    for rest = i, #ids do\n", "The jobs that a reply has no room for come back in reverse: the oldest is taken last."),
    ("claim-says-nothing-of-the-rest", "core/queue/scripts/claim.lua", "    answer[1] = 0\n", "", "A worker that was brought fewer jobs than it asked for takes it that there are no more, and rests."),
    ("journal-of-any-length", "core/queue/scripts/journal.lua", "if bytes > (tonumber(ARGV[5]) or math.huge) then return -1 end\n", "", "A journal grows until the job cannot be claimed any more."),
    ("journal-repeated-entry-counts-twice", "core/queue/scripts/journal.lua", "if kept[2] then bytes = bytes - #field - #kept[2] end\n", "", "An entry that is written again counts again: a long job is refused though its journal is short."),
    ("journal-end-needs-room", "core/jobs/job_run.cpp", "std::move(text), std::nullopt);", "std::move(text), kMostJournalBytes);", "How an effect ended is not written where the journal is full: the next run posts it again."),
    ("comment-begun-without-room", "core/tools/comment_on_issue.cpp", "  if (!co_await journal_begin(run, posting.entry, std::move(started))) {\n", "  if (!co_await journal_begin(run, posting.entry, std::move(started)) && posting.in_doubt) {\n", "A comment is posted that no journal knows of."),
    ("refusal-is-the-jobs-fault", "core/worker/leases.cpp", "  if (handler_.credentials().is_refused(credential)) {\n", "  if (handler_.credentials().is_refused(credential) && !is_first) {\n", "A refused key makes every job a dead letter while the runner says that it is ready."),
    ("402-does-not-pause", "core/retry/classify.cpp", "  return status == 401 || status == kPaymentRequired;\n", "  return status == 401;\n", "An account that is not paid makes every job a dead letter."),
    ("refused-app-does-not-pause", "core/github/token_cache.cpp", "    if (failed.failure.kind == FailureKind::Unauthorized) failed.failure.refused_credential = Credential::GithubApp;\n", "", "A revoked key of the App makes every job a dead letter."),
    ("look-fails-its-job", "core/worker/leases.cpp", "  return !is_first;\n", "  return false;\n", "Each look at a refused key costs a job."),
    ("looks-each-second", "core/worker/credential_pause.cpp", "  wait_ = is_on() ? std::min(2 * wait_, kLongestWait) : kFirstWait;\n", "  wait_ = kFirstWait;\n", "A service that refuses the key is asked every second for hours."),
    ("claim-under-way-is-begun", "core/worker/worker.cpp", "giving_back_ || (pause_.is_on() && !is_look)", "giving_back_", "Jobs that a claim brings just after the refusal are begun, and meet it."),
    ("what-runs-goes-on-after-a-refusal", "core/worker/leases.cpp", "    job.stage = LeasedJob::Stage::Ending;\n    give_back_running();\n", "    job.stage = LeasedJob::Stage::Ending;\n", "Every job that runs beside the refused one meets the refusal itself."),
    ("give-back-turns-the-order-round", "core/worker/leases.cpp", "  std::ranges::reverse(leased);\n", "", "Of the jobs that are given back the last one comes first."),
    ("unreachable-counts-as-accepted", "core/retry/credentials.h", "(failure == nullptr || failure->status) && refused_", "refused_", "A service that cannot be reached ends the pause, and the next refusal costs another job."),
    ("trace-for-everybody", "runner/sinks/trace_file.cpp", "file_(path, cli::GrowingFile::Access::OwnerAlone)", "file_(path)", "Whoever has an account on the machine reads what jobs a runner runs."),
    ("env-quotes-are-part-of-the-key", "runner/settings.cpp", "    if (is_in_quotes(text)) {\n", "    if (text.empty()) {\n", "A key that an env file of containers gives in quotes is refused with 401, and every job fails."),
    ("plain-http-is-not-warned-of", "runner/settings.cpp", "|| is_loopback(read->host_address())) return;", "|| is_loopback(\"\")) return;", "A model on the same machine is warned of, too, and people stop to read warnings."),
    ("plain-http-by-the-beginning-of-a-name", "runner/settings.cpp", "host == \"localhost\"", "host.starts_with(\"localhost\")", "localhost.example is taken for this machine."),
    ("password-without-a-user-is-shown", "runner/settings.cpp", "colon == std::string_view::npos ? begin : begin + colon + 1", "colon == std::string_view::npos ? at : begin + colon + 1", "A password that stands where the user's name belongs is printed by `runner config`."),
    ("redis-rule-of-no-command", "sim/scenario/rules.cpp", "redis::find_command(text) != nullptr;", "!text.empty();", "A rule for a command that does not exist never applies, and the rehearsal passes."),
    ("failure-that-nobody-expects-is-silent", "rehearse/unexpected_failures.cpp", "      if (!is_expected(event)) failed_.emplace(event.job);\n", "      if (expect_.timeline.empty()) return;\n", "A rehearsal in which every job failed says held, and no more."),
    ("unknown-option-is-repeated-whole", "cli/command_line.cpp", "    const std::string name = option->substr(0, option->find('='));\n", "    const std::string& name = *option;\n", "A key that stands behind a misspelt option is printed, and the option that was meant is not found."),
    ("help-is-no-command", "cli/command_line.cpp", "arguments[0] != \"help\") return arguments;", "!arguments[0].empty()) return arguments;", "`help run` is refused as an unknown command."),
]
