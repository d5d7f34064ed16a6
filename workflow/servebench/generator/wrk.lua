-- Sends the payload pool in its order, starts at a given time, writes what wrk counted.
-- Arguments: payloads, first payload, start (monotonic, nanoseconds), result file, threads, method, path, then the name
-- and the value of each header.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long tv_sec; long tv_nsec; } loadgen_timespec;
  int clock_gettime(int clock, loadgen_timespec *time);
  int usleep(unsigned int microseconds);
]]
local MONOTONIC, PROCESS_CPU = 1, 2

local function read_ns(clock)
  local time = ffi.new("loadgen_timespec")
  ffi.C.clock_gettime(clock, time)
  return tonumber(time.tv_sec) * 1e9 + tonumber(time.tv_nsec)
end

local threads_so_far, cpu_start_ns = 0, 0

-- Called in wrk's own state, once a thread.
function setup(thread)
  thread:set("number", threads_so_far)
  threads_so_far = threads_so_far + 1
end

local requests, index = {}, 0

-- Called in each thread's state, before the threads start.
function init(args)
  local payloads, first, start_ns, threads = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[5])
  local method, path, headers = args[6], args[7], {}
  for i = 8, #args, 2 do
    headers[args[i]] = args[i + 1]
  end
  for line in io.lines(payloads) do
    requests[#requests + 1] = wrk.format(method, path, headers, line)
  end
  index = first + math.floor(number * #requests / threads)
  if number == threads - 1 then
    while read_ns(MONOTONIC) < start_ns do
      ffi.C.usleep(math.max(1, math.min(10000, (start_ns - read_ns(MONOTONIC)) / 1000)))
    end
    local file = assert(io.open(args[4] .. ".cpu", "w"))
    file:write(string.format("%.0f", read_ns(PROCESS_CPU)))
    file:close()
  end
end

function request()
  index = index + 1
  return requests[(index - 1) % #requests + 1]
end

function done(summary, latency)
  io.write(string.format("cpu_end_ns %.0f\n", read_ns(PROCESS_CPU)))
  io.write(string.format("duration_us %d\nrequests %d\n", summary.duration, summary.requests))
  for kind, count in pairs(summary.errors) do
    io.write(string.format("error %s %d\n", kind, count))
  end
  for i = 1, #latency do
    local value, count = latency(i)
    io.write(string.format("latency %d %d\n", value, count))
  end
end
