-- Stand-in for Jitsi's mod_muc_breakout_rooms, for JMB's tests and demo only: never for a real site.
-- Written for JMB after looking at what the stock one does; no code was taken from it. It has the little that the tests
-- need:
--
--   * a moderator adds, renames or removes a breakout room, or asks somebody to move there, by a message to the breakout
--     MUC: <message to='breakout...'><breakout_rooms type='features/breakout-rooms/add' subject='Group 1'/></message>,
--     or type .../rename (breakoutRoomJid, subject), .../remove (breakoutRoomJid),
--     .../move-to-room (participantJid, roomJid);
--   * fields: main_room._data.breakout_rooms[address] = name, breakout_rooms_active, breakout_rooms_counter; addresses
--     are UUIDs;
--   * only rooms in that table can be entered; their affiliations and membersonly are the main room's;
--   * everybody gets the list as <json-message> after each change;
--   * the main room stays (persistent) while anybody is in one of its breakouts, and takes them with it when it goes.
--
-- Enabled on the main VirtualHost; options main_muc, breakout_rooms_muc.

local jid = require "util.jid";
local json = require "util.json";
local st = require "util.stanza";
local new_uuid = require "util.uuid".generate;

local main_host = assert(module:get_option_string("main_muc"), "main_muc is missing");
local breakout_host = assert(module:get_option_string("breakout_rooms_muc"), "breakout_rooms_muc is missing");
local seconds_until_closed = module:get_option_number("jmb_breakout_close_after", 5); -- once everybody has left for good

local main_of_breakout = {}; -- address of a breakout room -> address of its main room

local function muc_of(host)
	return prosody.hosts[host] and prosody.hosts[host].modules.muc;
end

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

local function room_at(address)
	local muc = address and muc_of(jid.host(address));
	return muc and muc.get_room_from_jid(address) or nil;
end

local function main_of(room)
	if jid.host(room.jid) == main_host then return room; end
	return room_at(main_of_breakout[room.jid]);
end

-- Calls see(room) for the main room and each of its breakouts that exist.
local function each_of(main, see)
	see(main);
	for address in pairs(main._data.breakout_rooms or {}) do
		local breakout = room_at(address);
		if breakout then see(breakout); end
	end
end

local function is_focus(occupant) return jid.node(occupant.jid) == "focus"; end

local function people_in(main)
	local count = 0;
	each_of(main, function (room)
		for _, occupant in room:each_occupant() do
			if not is_focus(occupant) then count = count + 1; end
		end
	end);
	return count;
end

local function send_json(to, message)
	module:send(st.message({ from = breakout_host, to = to })
		:tag("json-message", { xmlns = "http://jitsi.org/jitmeet" }):text(json.encode(message)):up());
end

local function describe(room, address, name)
	local people = {};
	if room then
		for nick, occupant in room:each_occupant() do
			if not is_focus(occupant) then
				local presence = occupant:get_presence();
				people[nick] = { jid = occupant.jid, role = occupant.role,
					displayName = presence and presence:get_child_text("nick", "http://jabber.org/protocol/nick") };
			end
		end
	end
	return { id = jid.node(address), jid = address, name = name, participants = people };
end

local function tell_everybody(main)
	local rooms = { [jid.node(main.jid)] = describe(main, main.jid, main._data.subject) };
	rooms[jid.node(main.jid)].isMainRoom = true;
	for address, name in pairs(main._data.breakout_rooms or {}) do
		rooms[jid.node(address)] = describe(room_at(address), address, name);
	end
	local message = { type = "breakout_rooms", event = "features/breakout-rooms/update",
		roomCounter = main._data.breakout_rooms_counter, rooms = rooms };
	each_of(main, function (room)
		for _, occupant in room:each_occupant() do
			if not is_focus(occupant) then send_json(occupant.jid, message); end
		end
	end);
end

local function add(main, name)
	local address = new_uuid() .. "@" .. breakout_host;
	local data = main._data;
	data.breakout_rooms = data.breakout_rooms or {};
	data.breakout_rooms_counter = (data.breakout_rooms_counter or 0) + 1;
	data.breakout_rooms[address] = name or "";
	data.breakout_rooms_active = true;
	main_of_breakout[address] = main.jid;
	main:set_persistent(true);
	main:save(true);
	tell_everybody(main);
end

local function remove(main, address, reason)
	if not (main._data.breakout_rooms or {})[address] then return; end
	local breakout = room_at(address);
	main._data.breakout_rooms[address] = nil;
	if breakout then breakout:destroy(main.jid, reason or "Breakout room removed."); end
	main_of_breakout[address] = nil;
end

local function rename(main, address, name)
	if not (main._data.breakout_rooms or {})[address] then return; end
	main._data.breakout_rooms[address] = name or "";
	local breakout = room_at(address);
	if breakout then breakout:set_subject(breakout.jid, name or ""); end
end

-- The main room where this person is, or in one of whose breakouts, and the person's role there. The stock code takes the
-- room from the URL of the session; over TCP there is none, so everybody's rooms are searched.
local function find(from)
	local muc = muc_of(main_host);
	for main in (muc and muc.live_rooms or function () return function () end; end)() do
		local found;
		each_of(main, function (room) found = found or room:get_occupant_by_real_jid(from); end);
		if found then return main, found.role; end
	end
end

local function obey(event)
	local stanza = event.stanza;
	local wish = stanza:get_child("breakout_rooms");
	if not wish or stanza.attr.type == "error" then return; end
	local main, role = find(stanza.attr.from);
	if not main or role ~= "moderator" then
		module:log("warn", "%s is no moderator of a room", stanza.attr.from);
		return true;
	end
	local kind = (wish.attr.type or ""):match("^features/breakout%-rooms/(.+)$");
	if kind == "add" then
		add(main, wish.attr.subject);
	elseif kind == "remove" then
		remove(main, wish.attr.breakoutRoomJid);
		tell_everybody(main);
	elseif kind == "rename" then
		rename(main, wish.attr.breakoutRoomJid, wish.attr.subject);
		tell_everybody(main);
	elseif kind == "move-to-room" and wish.attr.participantJid then
		send_json(wish.attr.participantJid, {
			type = "breakout_rooms", event = "features/breakout-rooms/move-to-room", roomJid = wish.attr.roomJid;
		});
	end
	return true;
end

local function close_if_deserted(main)
	if not main._data.breakout_rooms_active or people_in(main) > 0 then return; end
	local address = main.jid;
	module:add_timer(seconds_until_closed, function ()
		local room = room_at(address); -- it may be another one by now
		if not room or room ~= main or people_in(room) > 0 then return; end
		room:set_persistent(false);
		room:destroy(nil, "All occupants left.");
	end);
end

local function changed(event)
	local main = main_of(event.room);
	if main and main._data.breakout_rooms_active and not is_focus(event.occupant) then tell_everybody(main); end
end

local function left(event)
	changed(event);
	local main = main_of(event.room);
	if main then close_if_deserted(main); end
end

with_muc(main_host, function (context)
	context:hook("muc-occupant-joined", changed);
	context:hook("muc-occupant-left", left);
	context:hook("muc-room-destroyed", function (event)
		local addresses = {};
		for address in pairs(event.room._data.breakout_rooms or {}) do table.insert(addresses, address); end
		for _, address in ipairs(addresses) do remove(event.room, address, event.reason); end
	end, 1);
end);

with_muc(breakout_host, function (context, muc)
	context:hook("message/host", obey);
	context:hook("muc-occupant-joined", changed);
	context:hook("muc-occupant-left", left);
	context:hook("muc-room-pre-create", function (event)
		local main = main_of(event.room);
		if main and (main._data.breakout_rooms or {})[event.room.jid] then return; end
		event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "No such breakout room"));
		return true;
	end, 90);
	function muc.room_mt.get_affiliation(breakout, who)
		local main = main_of(breakout);
		return main and main:get_affiliation(who) or "none";
	end
	function muc.room_mt.get_members_only(breakout)
		local main = main_of(breakout);
		return main and main:get_members_only() or false;
	end
	module:add_identity("component", "breakout_rooms", breakout_host);
end);
