-- script: list
-- Looks at a part of the queue and changes nothing.
-- KEYS[1] root of all keys; ARGV which part (ready, delayed, leases, dead), first, last (from 0, both included), how many bytes
-- ids and texts of the answer may have together (not given: any number).
-- Returns {how many there are, microseconds now, then for each id: id, microseconds when due or when the lease ends (-1:
-- neither), retry count, recoveries, reason, last error, API and status of the call that met it, microseconds when (-1: not
-- known), owner}. It has fewer ids than were asked for where these have too many bytes, but at least one. A last error that alone
-- has too many is left out.
-- Somebody may have put a value of another type where a job's record is expected. It counts as no record: what touches
-- records is called by pcall, so that one such job does not stop the others.
local call = redis.call
local root, part, most = KEYS[1], ARGV[1], tonumber(ARGV[4]) or math.huge
local key = root .. part
local time = call('TIME')
local answer = {0, time[1] * 1000000 + time[2]}
local ids, scores = {}, {}
if part == 'ready' or part == 'dead' then
  answer[1] = call('LLEN', key)
  ids = call('LRANGE', key, ARGV[2], ARGV[3])
else
  answer[1] = call('ZCARD', key)
  local found = call('ZRANGE', key, ARGV[2], ARGV[3], 'WITHSCORES')
  for i = 1, #found, 2 do
    ids[#ids + 1] = found[i]
    scores[#ids] = math.max(math.min(tonumber(found[i + 1]), 1e16), 0)
  end
end
-- part: record
local bytes = 0
for i, id in ipairs(ids) do
  local data = root .. 'data:' .. id
  local length = tonumber(redis.pcall('HSTRLEN', data, 'last_error')) or 0
  local is_left_out = length > most
  bytes = bytes + #id + (is_left_out and 0 or length)
  if i > 1 and bytes > most then break end
  local kept = redis.pcall('HMGET', data, 'recoveries', 'reason', is_left_out and 'unread' or 'last_error', 'error_api',
                           'error_status', 'error_at')
  local error_at = tonumber(kept[6] or -1)
  local retries = count_of(redis.pcall('GET', root .. 'retry:' .. id))
  answer[#answer + 1] = {id, scores[i] or -1, retries, count_of(kept[1]), kept[2] or '', kept[3] or '', kept[4] or '',
                         kept[5] or '', error_at and error_at >= 0 and error_at < 1e16 and error_at or -1,
                         part == 'leases' and call('HGET', root .. 'owners', id) or ''}
end
return answer
