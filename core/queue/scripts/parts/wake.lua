-- Needs `call` and `root`.
-- `waiting` holds the workers that wait for jobs and have room: with the score 0, in the order of their names, or with the
-- microsecond at which one was told to look and has not looked yet. The first two and the last one of those with 0 are the
-- watchers: where names begin with the host's, the death of a host leaves one. Each worker hears messages on a channel of
-- its own:
--   'now'      look for jobs
--   'guard N'  another was told to look: look in N microseconds, in case that it has died
--   'due N'    the next job is due, or the next lease runs out, in N microseconds (-1: none)
--   'taken N'  the same, and no job is ready any more: there is nothing to guard
-- All hear 'now' on the channel `wake`, too.
local waiting, watchers, guard_after = root .. 'waiting', 3, 500000
-- Whether the worker listens. One that does not has died, or has lost its connection and looks when it has another: it is
-- struck off.
local function listens(worker)
  if call('PUBSUB', 'NUMSUB', root .. 'wake:' .. worker)[2] > 0 then return true end
  call('ZREM', waiting, worker)
  return false
end
local function tell(worker, message)
  if not listens(worker) then return false end
  call('PUBLISH', root .. 'wake:' .. worker, message)
  return true
end
-- How many workers were told to look within the last half second, and have not looked yet.
local function count_coming(now)
  return call('ZCOUNT', waiting, '(' .. string.format('%.0f', now - guard_after), '+inf')
end
-- Tells the watchers, but not the caller.
local function tell_watchers(message, caller)
  local told, is_caller_passed = {}, false
  while #told < watchers do
    local is_last = #told == watchers - 1
    local place = is_last and 0 or #told + (is_caller_passed and 1 or 0)
    local worker = call(is_last and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE', waiting, 0, 0, 'LIMIT', place, 1)[1]
    if not worker or worker == told[1] or worker == told[2] then return end
    if worker ~= caller then
      if tell(worker, message) then told[#told + 1] = worker end
    elseif is_last then
      return
    else
      is_caller_passed = true
    end
  end
end
-- Has one worker look for each ready job that no other worker is on the way to. `added`: so many jobs have just become ready.
local function wake_for_ready(now, added)
  local ready = call('LLEN', root .. 'ready')
  local coming = count_coming(now)
  local woken = 0
  while woken < ready - coming do
    local worker = call('ZRANGEBYSCORE', waiting, 0, 0, 'LIMIT', 0, 1)[1]
    if not worker then break end
    if tell(worker, 'now') then
      call('ZADD', waiting, string.format('%.0f', now), worker)
      woken = woken + 1
    end
  end
  if woken > 0 or coming > 0 then
    -- Also if this call woke nobody: the worker on its way may have died, and the guard of its wake-up may have ended.
    tell_watchers('guard ' .. guard_after)
  elseif ready > 0 and ready <= added then
    -- No worker waits. All may be at work; but Redis may also have lost its list of them, or they listen by another node of a
    -- cluster, which does not count here. So every worker that has room looks.
    call('PUBLISH', root .. 'wake', 'now')
  end
end
