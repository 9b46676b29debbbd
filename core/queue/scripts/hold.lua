-- script: hold
-- A runner tells all others that a service wants no call with a credential for a while. Returns all such waits that Redis knows.
-- KEYS[1] root of all keys; ARGV name of the credential (a runner that only asks leaves it empty), microseconds of the wait, and the
-- header that named it, as in `source` of events.
-- Returns {microseconds left, where it came from, name, ...}.
local call = redis.call
local holds = KEYS[1] .. 'holds'
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
-- part: record
-- What somebody else has put there gets another name.
if not ask('ZREMRANGEBYSCORE', holds, '-inf', string.format('%.0f', now)) then call('RENAME', holds, KEYS[1] .. 'foreign:holds') end
-- Nobody waits for ten years.
ask('ZREMRANGEBYSCORE', holds, string.format('%.0f', now + 315360000000000), '+inf')
if ARGV[1] ~= '' then
  local member, ends = ARGV[3] .. ' ' .. ARGV[1], now + ARGV[2]
  -- Refusals of one moment name nearly the same time.
  if (tonumber(call('ZSCORE', holds, member)) or 0) + 100000 < ends then
    call('ZADD', holds, string.format('%.0f', ends), member)
    call('PUBLISH', KEYS[1] .. 'wake:holds', ARGV[2] .. ' ' .. member)
    local last = call('ZRANGE', holds, -1, -1, 'WITHSCORES')[2]
    call('PEXPIRE', holds, string.format('%.0f', math.ceil((last - now) / 1000)))
  end
end
local answer, known = {}, call('ZRANGE', holds, 0, -1, 'WITHSCORES')
for i = 1, #known, 2 do
  local source, name = known[i]:match('^(%S+) (.*)$')
  if source then
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = string.format('%.0f', known[i + 1] - now), source, name
  end
end
return answer
