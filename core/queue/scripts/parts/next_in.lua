-- Microseconds until the first delayed job is due, where `due` says when, or the first lease runs out (-1: neither), and 1 if a
-- lease has run out.
local function next_in(now, due)
  local wait, ran_out = due and math.max(due - now, 0) or -1, 0
  local lease = call('ZRANGE', root .. 'leases', 0, 0, 'WITHSCORES')[2]
  if lease then
    local left = lease - now
    if left <= 0 then ran_out = 1 end
    if wait < 0 or left < wait then wait = math.max(left, 0) end
  end
  -- Somebody may have put in a time that never comes.
  return wait < 1e15 and wait or -1, ran_out
end
