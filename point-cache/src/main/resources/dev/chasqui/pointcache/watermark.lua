-- point-cache 5.4. KEYS: the watermark. ARGV: position in the log, when its heartbeat began by Redis' clock in ms, the
-- bound in ms, how much is left of it by the caller's clock in ms.
-- Replies 1 if the watermark is there now, 0 if it came too late.
local began, bound, left = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not began or not bound or not left then
  return redis.error_reply('ERR point-cache watermark: a position, a time, a bound and a rest in ms')
end
local time = redis.call('TIME')
local life = math.min(left, began + bound - (time[1] * 1000 + math.floor(time[2] / 1000)))
if life < 1 then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', math.floor(life)))
return 1
