-- Stand-in for the mod_token_affiliation that Jitsi has of its own since 2026, for JMB's tests only. Written for JMB after
-- looking at what the stock one does; no code was taken from it. While somebody is on the way in, after most others have
-- had their say and before the lobby, the affiliation becomes what the token says: owner (affiliation or moderator in
-- context.user), else member; and whom it says to be owner gets the role at once, without any affiliation.

module:hook("muc-occupant-pre-join", function (event)
	local room, occupant, session = event.room, event.occupant, event.origin;
	if not session or not session.auth_token then
		return;
	end
	local user = session.jitsi_meet_context_user or {};
	local is_owner = user.affiliation == "owner" or user.moderator == "true" or user.moderator == true;
	room:set_affiliation(true, occupant.bare_jid, is_owner and "owner" or "member");
	if is_owner then
		occupant.role = "moderator";
	end
end, -3.5);
