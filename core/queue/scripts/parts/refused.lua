-- The refusal, where an answer is one.
local function refused(answer) return type(answer) == 'table' and answer.err and answer end
