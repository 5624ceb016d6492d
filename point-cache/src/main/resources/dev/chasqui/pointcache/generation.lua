-- point-cache 5.3. KEYS: the generations. ARGV: what they must be, what they become.
-- Replies 1 if they were that, 0 if not.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
