-- Stand-in for what Jitsi's mod_muc_rate_limit does to those who leave in a crowd, for JMB's tests only. Written for JMB
-- after looking at what the stock one does; no code was taken from it. They are out of the room at once, but told of
-- later, when they may be in again.

local st = require "util.stanza";

module:hook("muc-occupant-pre-leave", function (event)
	local room, occupant, role = event.room, event.occupant, event.occupant.role;
	occupant.role = nil;
	room:save_occupant(occupant);
	module:add_timer(0.5, function ()
		room:publicise_occupant_status(occupant, st.stanza("x", { xmlns = "http://jabber.org/protocol/muc#user" }),
			nil, nil, nil, role);
		module:fire_event("muc-occupant-left", {
			room = room, nick = occupant.nick, occupant = occupant, origin = event.origin, stanza = event.stanza;
		});
	end);
	return true;
end);
