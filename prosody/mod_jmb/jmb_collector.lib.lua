-- Lua's garbage collector in a burst: a snapshot, thousands of rooms that are spoken to in one second, or the minute in
-- which everybody joins.
--
-- Prosody keeps its memory small: by default (util.startup, threshold 105 and speed 500) the collector begins again as
-- soon as 5 % were added, and then does five times the work of Lua's own setting for each byte. A string of 64 KiB makes
-- that one step over all that Prosody holds: 200 ms where 20,000 people are in 2,000 rooms, several times a second; and
-- three quarters of what a reminder to one room costs are the collector's, and two thirds of what a join does. While a burst
-- lasts, Lua's own setting holds instead. Its price is memory: at most as much again as Prosody holds, given back to its
-- collector a second after. (Jitsi's own images are more generous: threshold 400, all the time.)

local now = require "util.time".now;

local pause, speed, quiet = 200, _VERSION == "Lua 5.4" and 100 or 200, 1; -- Lua's manual, 2.5; seconds

local collector = {
	allowed = true; -- the site wants it
	before = nil; -- { pause, speed } of the server, while ours hold
	last = 0; -- when the burst was heard of last
};

-- The server's own setting is back.
function collector.close()
	if collector.before then
		collectgarbage("setpause", collector.before[1]);
		collectgarbage("setstepmul", collector.before[2]);
		collector.before = nil;
	end
end

-- May a burst change the server's setting? From now on.
function collector.allow(allowed)
	collector.allowed = allowed;
	if not allowed then
		collector.close();
	end
end

-- A part of a burst comes now. A server that is more generous already stays as it is.
function collector.burst()
	collector.last = now();
	if collector.before or not collector.allowed then
		return;
	end
	local was = { collectgarbage("setpause", pause), collectgarbage("setstepmul", speed) };
	collector.before = was;
	if was[1] >= pause then
		collector.close();
		return;
	end
	module:add_timer(quiet, function ()
		if not collector.before then
			return;
		elseif math.abs(now() - collector.last) < quiet then
			return quiet;
		end
		collector.close();
	end);
end

return collector;
