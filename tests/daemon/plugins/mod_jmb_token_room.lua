-- Stand-in for Jitsi's mod_token_verification, for JMB's tests and demo only: never for a real site.
-- Written for JMB after looking at what the stock one does; no code was taken from it.
--
-- Enabled on the conference MUC. At priority 99, like the stock one, it compares the room claim of the token with the room
-- that is entered: the same name in any case, behind a [tenant] too, or '*'. Who has no token (the guest host, Jicofo, the
-- component) passes. The domain is not verified, as with enable_domain_verification = false.

local jid_node = require "util.jid".node;
local st = require "util.stanza";

local function allowed(session, room_jid)
	local claim = session.jitsi_meet_room;
	if type(claim) ~= "string" or claim == "*" then return true; end
	claim = claim:lower();
	local node = jid_node(room_jid) or "";
	return node == claim or node:sub(-#claim - 1) == "]" .. claim;
end

local function verify(event)
	local origin, stanza = event.origin, event.stanza;
	if allowed(origin, stanza.attr.to) then return; end
	module:log("info", "%s has a token for %s, not for %s", stanza.attr.from, origin.jitsi_meet_room, stanza.attr.to);
	origin.send(st.error_reply(stanza, "cancel", "not-allowed", "Room and token mismatched"));
	return true;
end

module:hook("muc-room-pre-create", verify, 99);
module:hook("muc-occupant-pre-join", verify, 99);
