-- Stand-in for Jitsi's mod_muc_allowners, for JMB's tests only. Written for JMB after looking at what the stock one does;
-- no code was taken from it. Everybody is to be owner: noted at pre-join, their presences held back until they are.

local filters = require "util.filters";
local jid = require "util.jid";

local joining = module:shared("moderators/joining_moderator_participants");

module:hook("muc-occupant-pre-join", function (event)
	if jid.node(event.occupant.bare_jid) ~= "focus" then
		joining[event.occupant.bare_jid] = true;
	end
end, 2);

module:hook("muc-occupant-joined", function (event)
	local bare = event.occupant.bare_jid;
	if joining[bare] then
		joining[bare] = nil;
		event.room:set_affiliation(true, bare, "owner");
	end
end, 2);

local function hold_back(stanza)
	if next(joining) == nil or stanza.name ~= "presence" or not stanza.attr.from
		or jid.host(stanza.attr.from) ~= module.host then
		return stanza;
	end
	local x = stanza:get_child("x", "http://jabber.org/protocol/muc#user");
	for item in x and x:childtags("item") or function () end do
		if item.attr.jid and joining[jid.bare(item.attr.jid)] then
			return nil;
		end
	end
	return stanza;
end

local function filter_session(session)
	filters.add_filter(session, "stanzas/out", hold_back, -1);
end
filters.add_filter_hook(filter_session);

function module.unload()
	filters.remove_filter_hook(filter_session);
end
