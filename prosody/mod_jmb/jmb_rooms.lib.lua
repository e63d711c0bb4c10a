-- What is going on in the rooms of the conference, lobby and breakout MUCs: who is in which room, and the events that tell
-- it to the component.

local jid = require "util.jid";
local random_bytes = require "util.random".bytes;
local monotonic = require "util.time".monotonic;
local find, sub = string.find, string.sub;

local moves_within = 15; -- seconds, from one room of a conference to another

local text, identity, report, options;
local rooms = {
	all = {}; -- by address, what we know of each room
	children = {}; -- by address of a main room, the set of addresses of its breakout rooms
	encoded = {}; -- the set of addresses, of those in all, with something percent-encoded in them
};

-- The MUC host's module, with its rooms, or nil when there is none.
local function muc_of(host)
	local activated = host and prosody.hosts[host];
	return activated and activated.modules.muc or nil;
end
rooms.muc_of = muc_of;

function rooms.get(address)
	local muc = muc_of(jid.host(address));
	return muc and muc.get_room_from_jid(address) or nil;
end

function rooms.is_health_check(address)
	return find(address, "__jicofo-health-check", 1, true) == 1; -- cut off, each answer would be a string to throw away
end

-- Rooms for people. Jicofo checks itself in rooms of its own, where nobody else has business.
function rooms.is_ours(room)
	return not rooms.is_health_check(room.jid);
end

-- Does somebody phone into this room by that address?
function rooms.is_called_from(room, bare)
	local known = rooms.all[room.jid];
	for _, person in pairs(known and known.people or {}) do
		if person.kind == "phone" and jid.bare(person.jid) == bare then
			return true;
		end
	end
	return false;
end

-- The room of that address, in whichever way the client that opened it has encoded its name; or nil.
function rooms.find(address)
	local key = text.canonical(address);
	for _, form in ipairs { address, text.encoded(address), key } do
		local form_prepped = jid.prep(form);
		local room = form_prepped and rooms.get(form_prepped);
		if room then
			return room;
		end
	end
	for known in pairs(rooms.encoded) do -- of the others, each is its own key
		if text.canonical(known) == key then
			return rooms.get(known);
		end
	end
end

-- The address of the main room of a lobby or breakout room, or nil when it cannot be found.
function rooms.main_of(room, kind)
	if kind == "main" then
		return room.jid;
	elseif kind == "lobby" then
		return room.main_room_jid or jid.join(jid.node(room.jid), options.muc);
	end
	local known = rooms.all[room.jid];
	if known and known.main then
		return known.main;
	end
	local muc = muc_of(options.muc);
	if muc then
		for main in muc.live_rooms() do
			if main._data.breakout_rooms and main._data.breakout_rooms[room.jid] then
				return main.jid;
			end
		end
	end
end

-- The addresses of the breakout rooms of a main room, whether somebody is there or not.
function rooms.breakouts_of(main)
	local list = {};
	for address in pairs(rooms.children[main] or {}) do
		list[#list + 1] = address;
	end
	return list;
end

local function index(address, known, there)
	if find(address, "%", 1, true) then
		rooms.encoded[address] = there;
	end
	if known.kind == "breakout" and known.main then
		local children = rooms.children[known.main] or {};
		children[address] = there;
		rooms.children[known.main] = next(children) and children or nil;
	end
end

-- Whoever leaves a room that has breakouts, or one of these, may be on the way to another: the place is held for a while.
local function hold_place(known, bare)
	local main = known.kind ~= "lobby" and rooms.all[known.main or known.address];
	local room = main and rooms.get(main.address);
	local breakouts = room and room._data.breakout_rooms;
	if breakouts and next(breakouts) then
		local now, moving = monotonic(), { [bare] = monotonic() + moves_within };
		for other, till in pairs(main.moving or {}) do
			moving[other] = moving[other] or till > now and till or nil;
		end
		main.moving = moving;
	end
end

local function take_place(known, bare)
	local main = rooms.all[known.main or known.address];
	if main and main.moving then
		main.moving[bare] = nil;
	end
end

local function is_same(person, who)
	return (who.user ~= nil and person.user == who.user) or (who.account ~= nil and person.account == who.account);
end

-- How many people are in a room and its breakouts, or on the way from one to the other, for somebody who would come in: but
-- for those of the bare address, and one of the same identity, whose connection may have died without a word.
function rooms.count(main, bare, who)
	local people, own = 0, false;
	local function add(known)
		for _, person in pairs(known and known.people or {}) do
			if not own and is_same(person, who) then
				own = true;
			elseif jid.bare(person.jid) ~= bare then
				people = people + 1;
			end
		end
	end
	add(rooms.all[main]);
	for address in pairs(rooms.children[main] or {}) do
		add(rooms.all[address]);
	end
	local now = monotonic();
	for other, till in pairs(rooms.all[main] and rooms.all[main].moving or {}) do
		if other ~= bare and till > now then
			people = people + 1;
		end
	end
	return people;
end

-- The nick of an occupant, whose address in the room begins with the room's.
local function nick_of(room, occupant)
	return sub(occupant.nick, #room.jid + 2);
end

local function role_of(occupant)
	return occupant.role == "moderator" and "moderator" or occupant.role == "visitor" and "visitor" or "participant";
end

-- Where an event is, written once: most of what everybody's coming and going has to tell.
local function place_of(known)
	return text.attributes { room = known.address, instance = known.instance };
end

-- What we know of a room. It opens with the first person in it.
local function known_room(room, kind)
	local known = rooms.all[room.jid];
	if known then
		return known;
	end
	known = {
		address = room.jid, instance = text.hex(random_bytes(8)), kind = kind;
		main = kind ~= "main" and (rooms.main_of(room, kind) or room.jid) or nil;
		created = rooms.milliseconds(), people = {}, said = {}, keys = 0, delegates = {};
	};
	known.place = place_of(known);
	room._data.jmb_instance = known.instance;
	rooms.all[room.jid] = known;
	index(room.jid, known, true);
	report("opened", { room = room.jid, instance = known.instance, kind = kind, main = known.main, t = known.created });
	return known;
end

-- The people of a room, to be changed. A snapshot under way shows them as they were at its moment: it keeps the table that
-- it has, and the room goes on with a copy.
local function people_of(known)
	if known.shown then
		local people = {};
		for nick, person in pairs(known.people) do
			people[nick] = person;
		end
		known.people, known.shown = people, nil;
	end
	return known.people;
end

local joined, left = {}, {}; -- the attributes of these events: tables made once, as everybody comes and goes through here

local function tell_join(known, nick, person)
	local attr, knocks = joined, known.kind == "lobby";
	attr.nick, attr.main = nick, knocks and known.main or nil;
	attr.jid, attr.kind, attr.user, attr.account = person.jid, person.kind, person.user, person.account;
	attr["user-name"], attr.name, attr.role, attr.t = person.user_name, person.name, person.role, person.joined;
	report(knocks and "knock" or "joined", attr, known.place);
end

-- An occupant is in: if it is a person, and new, says so.
function rooms.joined(room, kind, occupant, session)
	if identity.is_machine(occupant.bare_jid) and not identity.is_call(occupant:get_presence()) then
		return;
	end
	occupant = room._occupants[occupant.nick] or occupant; -- as it is by now: others may have promoted it; to look at, no copy
	if kind == "lobby" and occupant.role == "moderator" then
		return; -- moderators sit in the lobby to see who knocks
	end
	local known, nick = known_room(room, kind), nick_of(room, occupant);
	if known.people[nick] then
		return;
	end
	local presence = occupant:get_presence();
	local who = identity.of_session(session or prosody.full_sessions[occupant.jid]);
	local person = {
		jid = occupant.jid, user = who.user, account = who.account, user_name = who.user_name;
		name = identity.display_name(presence), kind = identity.is_call(presence) and "phone" or "participant";
		role = role_of(occupant), joined = rooms.milliseconds();
	};
	people_of(known)[nick] = person;
	take_place(known, jid.bare(person.jid));
	tell_join(known, nick, person);
	return person;
end

-- The session of a main room ends with its last person, though a recorder or focus may stay in the room: whoever comes
-- then opens another. Not while there are breakout rooms: who changes over leaves the one before entering the other.
local function end_if_empty(main)
	local known = rooms.all[main];
	if not known or next(known.people) then
		return;
	end
	local room = rooms.get(main);
	local breakouts = room and room._data.breakout_rooms;
	if not breakouts or not next(breakouts) then
		rooms.closed(main);
	end
end

-- Tells that somebody left whom we knew; returns what we know of the room.
local function tell_leave(room, nick)
	local known = rooms.all[room.jid];
	if known and known.people[nick] then
		hold_place(known, jid.bare(known.people[nick].jid));
		people_of(known)[nick] = nil;
		left.nick, left.t = nick, rooms.milliseconds();
		report("left", left, known.place);
		return known;
	end
end

-- An occupant has left; but where leaves are told late (mod_muc_rate_limit) there may be another by that nick again.
function rooms.left(room, occupant)
	local known = not room._occupants[occupant.nick] and tell_leave(room, nick_of(room, occupant));
	if known then
		end_if_empty(known.main or room.jid);
	end
end

-- An occupant joins, whose leave before may not have been told yet. See joined().
function rooms.entered(room, kind, occupant, session)
	tell_leave(room, nick_of(room, occupant));
	return rooms.joined(room, kind, occupant, session);
end

-- An occupant has another nick from now on: the same person goes on with the same stay. False when it is no person that we
-- know, or the nick is another session's of theirs, with whom they go on: that stay ends.
function rooms.moved(room, before, after)
	local from, to = nick_of(room, before), nick_of(room, after);
	local known = rooms.all[room.jid];
	if not known or not known.people[from] or room._occupants[after.nick] then
		return false;
	end
	tell_leave(room, to); -- of one whose leave has not been told yet
	local people = people_of(known);
	local person = people[from];
	people[from], people[to] = nil, person;
	report("renamed", { nick = from, to = to, name = person.name }, known.place);
	return true;
end

-- A session goes on under another identity: somebody signed in while they were in a room. There, who was in has left and who
-- they are comes in: see(room, known, person) for each such room.
function rooms.identified(session, see)
	local before, who = session.jmb_identity, identity.of_session(session);
	if not before or (before.user == who.user and before.account == who.account) then
		return; -- nearly always: connections come and go
	end
	for address, known in pairs(rooms.all) do
		local room = rooms.get(address);
		local nick = room and room:get_occupant_jid(session.full_jid);
		local occupant = nick and known.people[jid.resource(nick)] and room:get_occupant_by_nick(nick);
		if occupant then
			see(room, known, rooms.entered(room, known.kind, occupant, session));
		end
	end
end

-- The addresses of the main rooms of all that we know, each once: also of those where nobody is but in the lobby.
function rooms.mains()
	local mains = {};
	for address, known in pairs(rooms.all) do
		mains[known.main or address] = true;
	end
	return mains;
end

-- The person with something changed: another table, for a snapshot under way may still show the old one.
local function changed(known, nick, key, value)
	local person = {};
	for name, old in pairs(known.people[nick]) do
		person[name] = old;
	end
	person[key] = value;
	people_of(known)[nick] = person;
	return person;
end

-- A presence of an occupant goes out to the room: has the name or the role changed?
function rooms.changed(room, occupant, presence)
	local known = occupant.role and rooms.all[room.jid];
	local nick = known and nick_of(room, occupant);
	local person = known and known.people[nick];
	if not person then
		return;
	end
	if role_of(occupant) ~= person.role then
		person = changed(known, nick, "role", role_of(occupant));
		report("role", { nick = nick, role = person.role }, known.place);
	end
	local name = identity.display_name(presence);
	if presence and presence.attr.type == nil and name ~= person.name then
		changed(known, nick, "name", name);
		report("renamed", { nick = nick, name = name }, known.place);
	end
end

function rooms.closed(address)
	local known = rooms.all[address];
	if known then
		for nick in pairs(known.people) do
			report("left", { nick = nick }, known.place);
		end
		rooms.all[address] = nil;
		index(address, known, nil);
		report("closed", {}, known.place);
	end
end

-- Nothing is watched any more: what we know ends here.
function rooms.close_all()
	for address in pairs(rooms.all) do
		rooms.closed(address);
	end
end

-- What a snapshot shows, as it is now: a list with each room, what does not change about it (known) and the people in it. Of
-- thousands of rooms this has to be there in a moment, so that nothing is copied: see people_of().
function rooms.show()
	local list = {};
	for _, known in pairs(rooms.all) do
		known.shown = true;
		list[#list + 1] = { known = known, people = known.people };
	end
	return list;
end

-- The people of one room: as we know them, and as they are.
local function survey_room(room, kind)
	local known = rooms.all[room.jid];
	if known and room._data.jmb_instance ~= known.instance then
		rooms.closed(room.jid); -- another room by now
		known = nil;
	end
	for nick in pairs(known and known.people or {}) do
		local address = room.jid .. "/" .. nick;
		if not room:get_occupant_by_nick(address) then
			rooms.left(room, { nick = address });
		end
	end
	for _, occupant in room:each_occupant() do
		rooms.joined(room, kind, occupant);
		rooms.changed(room, occupant, occupant:get_presence());
	end
end

-- Compares what we know with the rooms that there are, after a start or a reload of the module, and reports the rest.
function rooms.survey(kinds)
	local present = {};
	for host, kind in pairs(kinds) do
		local muc = muc_of(host);
		for room in muc and muc.live_rooms() or function () end do
			if not rooms.is_health_check(room.jid) then
				present[room.jid] = true;
				survey_room(room, kind);
			end
		end
	end
	for address, known in pairs(rooms.all) do
		if not present[address] then
			rooms.closed(address);
		elseif known.kind == "main" then
			end_if_empty(address);
		end
	end
end

-- given: text, identity (libraries), report (function(name, attributes, those written already)), milliseconds, options
-- (muc: live).
-- saved: what rooms.all was before a reload of the module.
function rooms.open(given, saved)
	options, text, identity = given.options, given.text, given.identity;
	report, rooms.milliseconds = given.report, given.milliseconds;
	rooms.all, rooms.children, rooms.encoded = saved or {}, {}, {};
	for address, known in pairs(rooms.all) do
		known.address = address; -- an older module has not noted it
		known.place = place_of(known);
		index(address, known, true);
	end
end

return rooms;
