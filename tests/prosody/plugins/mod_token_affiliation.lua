-- Stand-in for the community's mod_token_affiliation, for JMB's tests only. Written for JMB after looking at what that one
-- does; no code was taken from it. Soon after the join, and again, the affiliation becomes what the token says: owner
-- (affiliation or moderator in context.user), else member.

local timer = require "util.timer";

module:hook("muc-occupant-joined", function (event)
	local room, occupant, session = event.room, event.occupant, event.origin;
	if not session or not session.auth_token then
		return;
	end
	local user = session.jitsi_meet_context_user or {};
	local affiliation = (user.affiliation == "owner" or user.moderator == "true") and "owner" or "member";
	for _, seconds in ipairs { 0, 0.1, 0.3 } do
		timer.add_task(seconds, function ()
			room:set_affiliation(true, occupant.bare_jid, affiliation);
		end);
	end
end);
