-- Stand-in for Jitsi's mod_muc_lobby_rooms and mod_persistent_lobby, for JMB's tests and demo only: never for a real site.
-- Written for JMB after looking at what the stock ones do; no code was taken from them. It has the little that the tests
-- need:
--
--   * a moderator who submits muc#roomconfig_membersonly opens or closes the lobby;
--   * the events create-lobby-room, create-persistent-lobby-room and destroy-lobby-room { room, reason, message, newjid,
--     skip_display_name_check } do the same from another module;
--   * fields: room._data.lobbyroom (address of the lobby room), room._data.persist_lobby, lobby_room.main_room_jid;
--   * who is nothing in a room with a lobby is refused at priority -4 with registration-required and <lobbyroom>;
--   * the lobby room has the affiliations of its main room; people who wait there do not see each other;
--   * the lobby goes with its room; with a persistent lobby the room stays until both are empty.
-- A moderator lets somebody in with a mediated invitation to the full JID, which is Prosody's own work.
--
-- Enabled on the main VirtualHost; options main_muc, lobby_muc.

local filters = require "util.filters";
local jid = require "util.jid";
local st = require "util.stanza";

local main_host = assert(module:get_option_string("main_muc"), "main_muc is missing");
local lobby_host = assert(module:get_option_string("lobby_muc"), "lobby_muc is missing");
local ns_muc, ns_user = "http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#user";
local ns_jitsi = "http://jitsi.org/jitmeet";

local function muc_of(host)
	return prosody.hosts[host] and prosody.hosts[host].modules.muc;
end

-- Runs act(context, muc) when the MUC of that host is there, now or later: hosts are loaded in any order.
local function with_muc(host, act)
	local function ready() act(module:context(host), muc_of(host)); end
	local function wait_for_muc()
		if muc_of(host) then return ready(); end
		module:context(host):hook("module-loaded", function (event)
			if event.module == "muc" then ready(); end
		end);
	end
	if prosody.hosts[host] then return wait_for_muc(); end
	module:hook_global("host-activated", function (activated)
		if activated == host then wait_for_muc(); end
	end);
end

local function lobby_of(room)
	local muc = muc_of(lobby_host);
	return muc and room._data.lobbyroom and muc.get_room_from_jid(room._data.lobbyroom) or nil;
end

local function main_of(lobby)
	local muc = muc_of(main_host);
	return muc and lobby.main_room_jid and muc.get_room_from_jid(lobby.main_room_jid) or nil;
end

-- Tells everybody in the room that its configuration changed (status 104), as after a submitted form.
local function announce_configuration(room)
	room:broadcast_message(st.message({ type = "groupchat", from = room.jid })
		:tag("x", { xmlns = ns_user }):tag("status", { code = "104" }):up():up());
end

local function open_lobby(room)
	local address = jid.node(room.jid) .. "@" .. lobby_host;
	local muc = muc_of(lobby_host);
	if not muc or muc.get_room_from_jid(address) then return; end
	local lobby = muc.create_room(address);
	lobby:set_persistent(true);
	lobby.main_room_jid = room.jid;
	room._data.lobbyroom = address;
	room:save(true);
	module:log("info", "Lobby of %s is open", room.jid);
end

local function close_lobby(room, newjid, message)
	local lobby = lobby_of(room);
	if lobby then
		lobby:set_persistent(false);
		lobby:destroy(newjid, message or "Lobby room closed.");
		module:log("info", "Lobby of %s is closed", room.jid);
	end
	room._data.lobbyroom, room._data.lobby_extra_reason, room._data.lobby_skip_display_name_check = nil, nil, nil;
end

local function create_lobby(event)
	local room = event.room;
	for _, occupant in room:each_occupant() do -- membersonly puts everybody out who is nothing
		local affiliation = room:get_affiliation(occupant.bare_jid) or "none";
		if affiliation == "none" then room:set_affiliation(true, occupant.bare_jid, "member"); end
	end
	room:set_members_only(true);
	room._data.lobby_extra_reason = event.reason;
	room._data.lobby_skip_display_name_check = event.skip_display_name_check;
	announce_configuration(room);
	open_lobby(room);
end

module:hook_global("create-lobby-room", create_lobby);

module:hook_global("create-persistent-lobby-room", function (event)
	create_lobby(event);
	event.room._data.persist_lobby = true;
	event.room:set_persistent(true);
end);

module:hook_global("destroy-lobby-room", function (event)
	close_lobby(event.room, event.newjid, event.message);
	announce_configuration(event.room);
end);

local function end_if_deserted(room)
	if not room or not room._data.persist_lobby or room.destroying then return; end
	local lobby = lobby_of(room);
	if room:has_occupant() or (lobby and lobby:has_occupant()) then return; end
	room:set_persistent(false);
	room:destroy(nil, "Room and lobby are empty.");
end

local function refuse(event, kind, condition, code, payload, more)
	local reply = st.error_reply(event.stanza, kind, condition);
	reply.tags[1].attr.code = code;
	reply:add_child(payload);
	if more then reply:add_child(more); end
	reply:up():tag("x", { xmlns = ns_muc }):up();
	event.origin.send(reply);
	return true;
end

local function knock_first(event)
	local room, stanza = event.room, event.stanza;
	local join = stanza:get_child("x", ns_muc);
	if not room:get_members_only() or not room._data.lobbyroom or not join then return; end
	if jid.resource(event.occupant.nick) == "focus" then return; end

	local password = join:get_child_text("password", ns_muc);
	if password and password == room:get_password() then -- who knows the password need not wait
		event.occupant.role = "participant";
		room:set_affiliation(true, jid.bare(stanza.attr.from), "member");
		return;
	end
	local name = stanza:get_child_text("nick", "http://jabber.org/protocol/nick");
	if (not name or name == "") and not room._data.lobby_skip_display_name_check then
		local needed = st.stanza("displayname-required", { xmlns = ns_jitsi, lobby = "true" });
		return refuse(event, "modify", "not-acceptable", "406", needed);
	end
	if (room:get_affiliation(stanza.attr.from) or "none") ~= "none" then return; end
	local lobby = st.stanza("lobbyroom", { xmlns = ns_jitsi }):text(room._data.lobbyroom);
	local reason = room._data.lobby_extra_reason; -- an element of its own, such as <waiting-for-host/>
	return refuse(event, "auth", "registration-required", "407", lobby, reason and st.stanza(reason, { xmlns = ns_jitsi }));
end

with_muc(main_host, function (context)
	context:hook("muc-config-submitted", function (event)
		local room = event.room;
		if jid.node(event.actor) == "focus" then return; end
		if event.fields["muc#roomconfig_membersonly"] then
			open_lobby(room);
			event.status_codes["104"] = true;
		elseif room._data.lobbyroom then
			close_lobby(room, room.jid);
		end
	end);
	context:hook("muc-room-destroyed", function (event) close_lobby(event.room); end, 1);
	context:hook("muc-occupant-left", function (event) end_if_deserted(event.room); end);
	context:hook("muc-occupant-pre-join", knock_first, -4);
	context:hook("muc-disco#info", function (event)
		if not event.room._data.lobbyroom or not event.room:get_members_only() then return; end
		table.insert(event.form, { name = "muc#roominfo_lobbyroom", label = "Lobby room jid", value = "" });
		event.formdata["muc#roominfo_lobbyroom"] = event.room._data.lobbyroom;
	end);
end);

with_muc(lobby_host, function (context, muc)
	function muc.room_mt.get_affiliation(lobby, who)
		local room = main_of(lobby);
		return room and room:get_affiliation(who) or "none";
	end
	context:hook("muc-occupant-left", function (event) end_if_deserted(main_of(event.room)); end);
	module:add_identity("component", "lobbyrooms", lobby_host);
end);

-- People in the lobby get their own presence and what the owners of the room say, nothing of each other.
local function only_for_owners(stanza)
	if not st.is_stanza(stanza) then return stanza; end -- BOSH sends text too
	local from, to = stanza.attr.from, stanza.attr.to;
	if stanza.name ~= "presence" or stanza.attr.type or not from or not to or jid.host(from) ~= lobby_host then
		return stanza;
	end
	local x = stanza:get_child("x", ns_user);
	if not x then return stanza; end
	for status in x:childtags("status") do
		if status.attr.code == "110" then return stanza; end
	end
	local muc = muc_of(lobby_host);
	local lobby = muc and muc.get_room_from_jid(jid.bare(from));
	if lobby and lobby:get_affiliation(to) ~= "owner" then return nil; end
	return stanza;
end

local function filter_session(session) filters.add_filter(session, "stanzas/out", only_for_owners, -1); end

filters.add_filter_hook(filter_session);
function module.unload() filters.remove_filter_hook(filter_session); end
