-- The gate in front of the component: Prosody passes on to it whatever any client sends. The XML library of jmbd takes the
-- square of the time for so many children of one element: one stanza of tens of thousands, well within Prosody's limits,
-- would hold it up for seconds.

local st = require "util.stanza";

local most = 100; -- elements of a stanza: many times what a ping or a disco#info has

-- How many elements are in this one: counted up to the first that is too many.
local function count(stanza, so_far)
	for _, child in ipairs(stanza.tags) do
		so_far = so_far + 1;
		if so_far > most then
			return so_far;
		end
		so_far = count(child, so_far);
	end
	return so_far;
end

local function stop_monsters(event)
	local origin, stanza = event.origin, event.stanza;
	if (origin.type == "component" and origin.host == module.host) or count(stanza, 0) <= most then
		return;
	end
	if stanza.name == "iq" and (stanza.attr.type == "get" or stanza.attr.type == "set") then
		origin.send(st.error_reply(stanza, "cancel", "policy-violation", "A stanza of so many elements is not passed on."));
	end
	return true;
end

local gate = {};

-- Above mod_component (-1), and above all who answer for it.
function gate.open()
	for _, name in ipairs { "iq", "message", "presence" } do
		for _, to in ipairs { "host", "bare", "full" } do
			module:hook(name .. "/" .. to, stop_monsters, 1000);
		end
	end
end

return gate;
