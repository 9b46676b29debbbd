-- script: list
-- Looks at a part of the queue and changes nothing.
-- KEYS[1] root of all keys; ARGV which part (ready, delayed, leases, dead), first, last (from 0, both included).
-- Returns {how many there are, microseconds now, then for each id: id, microseconds when due or when the lease ends (-1:
-- neither), retry count, recoveries, reason, last error}.
-- Somebody may have put a value of another type where a job's record is expected. It counts as no record: what touches
-- records is called by pcall, so that one such job does not stop the others.
local call = redis.call
local root, part = KEYS[1], ARGV[1]
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
    scores[#ids] = tonumber(found[i + 1])
  end
end
for i, id in ipairs(ids) do
  local data = redis.pcall('HMGET', root .. 'data:' .. id, 'recoveries', 'reason', 'last_error')
  local retries = tonumber(redis.pcall('GET', root .. 'retry:' .. id) or 0) or 0
  answer[#answer + 1] = {id, scores[i] or -1, retries, tonumber(data[1] or 0) or 0, data[2] or '', data[3] or ''}
end
return answer
