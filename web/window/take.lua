-- One call against the cap, as one step. KEYS[1] is a sorted set: member = a call, score = when, in µs.
-- ARGV: n, per (µs), keep (ms), the call's own name ("" = only look).
-- Answers {allowed, counted, µs until a slot frees}.
local key, n, per = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function exact(number) return string.format('%.0f', number) end

-- A server's clock may step back (a failover, NTP). Calls "of the future" would block the key until the
-- clock has caught up, so they count as made now.
for _, call in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. exact(now), '+inf')) do
  redis.call('ZADD', key, exact(now), call)
end

local opening = '(' .. exact(now - per)
local counted = redis.call('ZCOUNT', key, opening, '+inf')
local allowed = counted < n
if ARGV[4] ~= '' then
  if redis.call('ZSCORE', key, ARGV[4]) then
    -- Sent twice because the first answer got lost: counted once.
    allowed = true
  elseif allowed then
    redis.call('ZADD', key, exact(now), ARGV[4])
    counted = counted + 1
    -- Keeps what is inside the window and the newest n.
    local surplus = math.min(redis.call('ZCARD', key) - n, redis.call('ZCOUNT', key, '-inf', exact(now - per)))
    if surplus > 0 then redis.call('ZREMRANGEBYRANK', key, 0, surplus - 1) end
  end
  local ends = tonumber(ARGV[3])
  if not allowed then
    local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
    ends = ends - math.floor((now - newest[2]) / 1000)
  end
  if redis.call('PTTL', key) < ends then redis.call('PEXPIRE', key, exact(ends)) end
end

if counted == 0 then return {1, 0, '0'} end
local rank = -math.min(counted, n)
local nextOut = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
return {allowed and 1 or 0, counted, exact(per - (now - nextOut[2]))}
