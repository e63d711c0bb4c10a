-- What a policy wants of the room itself: subject, password, lobby, and the lobby where guests wait for a moderator. What
-- was set for the policy is noted in the room's own data, so that what a moderator changes by hand afterwards stays until
-- the policy says something else, and is forgotten with the room.

local st = require "util.stanza";

local MUC, MUC_USER = "http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#user";

local jmb; -- what the parts share, from open()
local settings = {};

-- Is there somebody in this Prosody who opens lobbies? Stock mod_muc_lobby_rooms and mod_persistent_lobby do.
function settings.handled(event)
	local handlers = prosody.events.get_handlers(event);
	return handlers ~= nil and #handlers > 0;
end

local function noted(room)
	room._data.jmb_set = room._data.jmb_set or {};
	return room._data.jmb_set;
end

-- Clients ask for the room's configuration when they see this.
local function announce(room)
	if room:has_occupant() then
		room:broadcast(st.message({ type = "groupchat", from = room.jid })
			:tag("x", { xmlns = MUC_USER }):tag("status", { code = "104" }):up():up());
	end
end

-- Opens the lobby of a room: the stock handlers make members of all who are in, so that nobody is put out. Where there is
-- mod_persistent_lobby, the room then stays while anybody waits. Returns false when there is nobody who does it.
local function open_lobby(room, event)
	local persistent = settings.handled("create-persistent-lobby-room");
	if not persistent and not settings.handled("create-lobby-room") then
		return false;
	end
	event.room = room;
	prosody.events.fire_event(persistent and "create-persistent-lobby-room" or "create-lobby-room", event);
	return true;
end

-- Closes it: who waits is sent on to the room. The order is that of stock mod_muc_wait_for_host.
local function close_lobby(room)
	room:set_members_only(false);
	if not room._data.breakout_rooms_active then
		room:set_persistent(false);
	end
	prosody.events.fire_event("destroy-lobby-room", {
		room = room, newjid = jmb.text.outside(room.jid, jmb.options.muc), message = "The room is open.";
	});
end

local function set_password(room, set, wanted)
	if wanted == set.password then
		return;
	end
	if (wanted or room:get_password() == set.password) and room:set_password(wanted) then
		announce(room);
	end
	set.password = wanted;
end

local function set_subject(room, set, wanted)
	if wanted ~= set.subject then
		set.subject = wanted;
		if wanted then
			room:set_subject(room.jid, wanted);
		end
	end
end

local function set_lobby(room, set, wanted)
	if wanted and not set.lobby then
		if set.gate then
			set.gate = nil; -- who waits there knocks from now on
			set.lobby = true;
		elseif room:get_members_only() then
			set.lobby = true; -- somebody else's already
		else
			set.lobby = open_lobby(room, {}) or nil;
		end
	elseif set.lobby and not wanted then
		set.lobby = nil;
		if room:get_members_only() then
			close_lobby(room);
		end
	end
end

-- Can guests be made to wait there?
function settings.can_wait()
	return settings.handled("create-persistent-lobby-room");
end

-- The first guest who has to wait: there is a lobby from now on. The client shows that it waits for a moderator, asks no
-- name and knocks by itself.
function settings.hold_guests(room)
	local set = noted(room);
	if not room:get_members_only() then
		set.gate = open_lobby(room, { reason = "waiting-for-host", skip_display_name_check = true }) or nil;
	end
end

-- A moderator is in, or nobody has to wait any more: everybody follows.
function settings.let_guests_in(room)
	local set = noted(room);
	if set.gate then
		set.gate = nil;
		if room:get_members_only() then
			close_lobby(room);
		end
	end
end

function settings.holds_guests(room)
	return room._data.jmb_set ~= nil and room._data.jmb_set.gate == true;
end

-- Brings a main room in line with its policy: before the first one is in, or when the policy has changed.
function settings.apply(room, rule)
	local set = noted(room);
	if set.password ~= rule.password or set.subject ~= rule.subject or set.lobby ~= rule.lobby then
		set_password(room, set, rule.password);
		set_subject(room, set, rule.subject);
		set_lobby(room, set, rule.lobby);
	end
end

-- Lets one who is about to join past password and members-only: machines, and the moderators that the policy lists, whose
-- token says more than a password.
function settings.let_past(event)
	local room, occupant = event.room, event.occupant;
	local join, password = event.stanza:get_child("x", MUC), room:get_password();
	if password and join then
		join:maptags(function (tag)
			return tag.name ~= "password" and tag or nil;
		end);
		join:tag("password", { xmlns = MUC }):text(password):up():reset();
	end
	local affiliation = room:get_affiliation(occupant.bare_jid) or "none";
	if affiliation == "none" and room:get_members_only() then
		room:set_affiliation(true, occupant.bare_jid, "member");
		occupant.role = occupant.role or "participant";
	end
end

-- shared: text, options (live).
function settings.open(shared)
	jmb = shared;
end

return settings;
