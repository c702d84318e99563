-- Sends requests written ready by Python, each thread its own share, and tells the figures as one JSON line.
-- Arguments: the file of requests; "once" where none may be sent twice; how many threads; and how many
-- milliseconds a connection pauses after an answer, about (0: not at all).

local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function init(arguments)
   ready = {}
   for text in io.open(arguments[1], "rb"):read("*a"):gmatch("([^%z]+)%z") do
      table.insert(ready, text)
   end
   once = arguments[2] == "once"
   step = tonumber(arguments[3])
   place = number % #ready + 1 - step
   ran_out = 0
   local pause = tonumber(arguments[4])
   if pause > 0 then
      math.randomseed(number + 1)
      delay = function() return math.random(0, 2 * pause) end
   end
end

function request()
   place = place + step
   if place > #ready then
      place = number % #ready + 1
      if once then ran_out = ran_out + 1 end
   end
   return ready[place]
end

function done(summary, latency)
   local ended, taken = 0, 0
   for _, thread in ipairs(threads) do
      ended = ended + thread:get("ran_out")
      taken = math.max(taken, thread:get("place"))
   end
   local wrong = summary.errors
   print(string.format(
      'FIGURES {"requests": %d, "microseconds": %d, "bytes": %d, "refused": %d, "failed": %d, '
      .. '"p50": %d, "p99": %d, "longest": %d, "ran_out": %d, "taken": %d}',
      summary.requests, summary.duration, summary.bytes, wrong.status,
      wrong.connect + wrong.read + wrong.write + wrong.timeout,
      latency:percentile(50), latency:percentile(99), latency.max, ended, taken))
end
