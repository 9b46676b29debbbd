-- script: requeue
-- job: ARGV[2]
-- Gives the job back to be taken again after a delay, and counts the retry. Returns the retry count, the same one again
-- if the caller has done so before, or 0 if the job is no longer the caller's.
-- KEYS[1] root of all keys; ARGV owner token, id, delay in microseconds, last error, API and status of the call that met it,
-- microseconds for which an effect of it may still come.
local call = redis.call
local root, token, id = KEYS[1], ARGV[1], ARGV[2]
local data = root .. 'data:' .. id
-- part: record
-- part: move
if call('HGET', root .. 'owners', id) ~= token then
  if ask('HGET', data, 'requeued_by') ~= token then return 0 end
  return count_of(ask('GET', root .. 'retry:' .. id))
end
-- A Redis that is full refuses a script whose first write may need memory; after a write that needs none, as these, it
-- lets the script go on.
show_that_moves_can_be_undone()
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local before = ask('HMGET', data, 'requeued_by', 'recoveries', 'put_in_at', 'ready_at') or {}
-- Whatever else somebody has put there counts as none.
local count = count_of(ask('GET', root .. 'retry:' .. id)) + 1
-- A run that ended itself has killed nobody: recoveries are counted anew.
note(id, 'requeued_by', token, 'last_error', ARGV[4], 'error_api', ARGV[5], 'error_status', ARGV[6],
     'error_at', string.format('%.0f', now), 'ready_at', string.format('%.0f', now + ARGV[3]),
     'held_until', string.format('%.0f', now + (tonumber(ARGV[7]) or 0)), 'recoveries', '0',
     'put_in_at', string.format('%.0f', time_of(before[3]) or time_of(before[4]) or now))
local refusal = refused(redis.pcall('SET', root .. 'retry:' .. id, count)) or move(id, token, 'ZADD', 'delayed', now + ARGV[3], id)
if refusal then
  redis.pcall('SET', root .. 'retry:' .. id, count - 1)
  redis.pcall('HSET', data, 'recoveries', count_of(before[2]))
  if before[1] then redis.pcall('HSET', data, 'requeued_by', before[1]) else redis.pcall('HDEL', data, 'requeued_by') end
  return refusal
end
if call('ZRANK', root .. 'delayed', id) == 0 then
  -- part: wake
  tell_watchers('due ' .. ARGV[3])
end
return count
