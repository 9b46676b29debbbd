-- script: revive
-- job: ARGV[1]
-- Takes a job off the dead-letter list to be run anew with all its retries and recoveries; its journal stays, so that what it has done
-- is not done again, and its deadline counts from now. A job that was re-queued is to be run at once, with the retries that it has left. Returns 1, or 0 if the job is
-- neither on the list nor waits for its retry. One that was given back while an effect of it may still come waits for that.
-- KEYS[1] root of all keys; ARGV id.
local call = redis.call
local root, id = KEYS[1], ARGV[1]
local data = root .. 'data:' .. id
local time, is_record = call('TIME'), call('TYPE', data).ok == 'hash'
local was_dead = false
local now = time[1] * 1000000 + time[2]
-- part: record
-- Redis takes nothing back when it refuses a command in the midst of a script: then the job goes back to where it was.
if call('LREM', root .. 'dead', 1, id) == 1 then
  was_dead = true
  local refusal = refused(redis.pcall('RPUSH', root .. 'ready', id)) or refused(redis.pcall('DEL', root .. 'retry:' .. id))
  if not refusal and is_record then
    refusal = refused(redis.pcall('HDEL', data, 'reason', 'failed_by', 'requeued_by', 'released_by', 'recoveries'))
  end
  if refusal then
    redis.pcall('LREM', root .. 'ready', -1, id)
    redis.pcall('LPUSH', root .. 'dead', id)
    return refusal
  end
else
  -- A version before there was `held_until` may have given it back.
  local held, due = ask('HMGET', data, 'held_until', 'released_by') or {}, call('ZSCORE', root .. 'delayed', id)
  local held_until = tonumber(held[1]) or (held[2] and math.huge or 0)
  if held_until > now or call('ZREM', root .. 'delayed', id) == 0 then return 0 end
  local refusal = refused(redis.pcall('RPUSH', root .. 'ready', id))
  if refusal then
    redis.pcall('ZADD', root .. 'delayed', due, id)
    return refusal
  end
end
-- part: wake
wake_for_ready(now, 1)
if is_record then
  local times = not was_dead and ask('HMGET', data, 'put_in_at', 'ready_at') or {}
  ask('HSET', data, 'ready_at', string.format('%.0f', now),
      'put_in_at', string.format('%.0f', time_of(times[1]) or time_of(times[2]) or now))
end
return 1
