-- For JMB's bench only: how long was the longest turn of Prosody's loop? A timer that should run each 2 ms notes the longest
-- time between two runs; an iq get <tick xmlns='urn:jmb:bench'/> to the host returns it in ms, and begins anew.

local st = require "util.stanza";
local now = require "util.time".monotonic;

local last, longest = now(), 0;

module:add_timer(0.002, function ()
	local t = now();
	longest, last = math.max(longest, t - last), t;
	return 0.002;
end);

module:hook("iq-get/host/urn:jmb:bench:tick", function (event)
	local waited = math.max(longest, now() - last); -- the turn in which the question came counts too
	event.origin.send(st.reply(event.stanza):tag("tick", { xmlns = "urn:jmb:bench", longest = ("%.1f"):format(waited * 1000) }));
	longest = 0;
	return true;
end);
