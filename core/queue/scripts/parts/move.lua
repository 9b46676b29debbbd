-- Needs `call`, `root` and what the part `record` has.
-- To be called before anything is written: raises a refusal without which a move could not be taken back. Nobody's id is empty.
local function show_that_moves_can_be_undone()
  call('ZREM', root .. 'delayed', '')
  call('HDEL', root .. 'owners', '')
end
-- Takes a job from its owner, and puts it elsewhere by a command on a key. Redis takes nothing back when it refuses a command in the
-- midst of a script: then the job stays leased, so that the owner who tries again or a recovery finds it. Returns the refusal, which
-- the script then returns, or nothing.
local function move(id, owner, command, key, ...)
  call('HDEL', root .. 'owners', id)
  local answer = redis.pcall(command, root .. key, ...)
  if not refused(answer) then
    answer = redis.pcall('ZREM', root .. 'leases', id)
    if not refused(answer) then return end
    if command == 'ZADD' then call('ZREM', root .. key, id) else redis.pcall('LREM', root .. key, 1, id) end
  end
  if owner then redis.pcall('HSET', root .. 'owners', id, owner) end
  return answer
end
