-- A snapshot: who is in which room at one moment, cut into stanzas that are written one by one: a big site's as a whole
-- would hold Prosody up. Pure: no Prosody in here.

local enough = 64 * 1024; -- bytes of a stanza

-- A snapshot of those rooms. rooms: a list of { known (a room's own attributes), people (by nick) }, which nobody changes
-- any more; last: the number of the last event that they reflect.
local function new(rooms, last)
	return { rooms = rooms, last = last, next = { room = 1, done = 0 } };
end

local function write_start(out, known, last)
	out:add("<room");
	out:attribute("jid", known.address);
	out:attribute("instance", known.instance);
	out:attribute("kind", known.kind);
	out:attribute("main", known.main);
	out:attribute("created", known.created);
	out:attribute("last", last);
	out:add(">");
end

local function write_occupant(out, nick, person)
	out:add("<occupant");
	out:attribute("nick", nick);
	out:attribute("jid", person.jid);
	out:attribute("kind", person.kind);
	out:attribute("user", person.user);
	out:attribute("account", person.account);
	out:attribute("user-name", person.user_name);
	out:attribute("name", person.name);
	out:attribute("role", person.role);
	out:attribute("joined", person.joined);
	out:add("/>");
end

local function nicks_of(people)
	local list = {};
	for nick in pairs(people) do
		list[#list + 1] = nick;
	end
	return list;
end

-- Writes one room, from the occupant after number `done` of it on. Returns up to which occupant it goes: nil for the last.
-- A crowd that one stanza does not hold continues in the next, under the same room.
local function write_room(out, room, done, last)
	local before, up_to = out.size, nil;
	room.nicks = room.nicks or nicks_of(room.people);
	write_start(out, room.known, last);
	for n = done + 1, #room.nicks do
		local written, size = out.n, out.size;
		write_occupant(out, room.nicks[n], room.people[room.nicks[n]]);
		out:join(written);
		if out.size - before > enough and n > done + 1 then
			out:back(written, size);
			up_to = n - 1;
			break;
		end
	end
	out:add("</room>");
	return up_to;
end

-- Writes the rooms of the next stanza. Returns where the one after it begins: { room, done }, and whether this is the last.
local function write(out, snapshot)
	local at, done, before = snapshot.next.room, snapshot.next.done, out.size;
	local last = ("%.0f"):format(snapshot.last);
	while snapshot.rooms[at] do
		local n, size = out.n, out.size;
		local up_to = write_room(out, snapshot.rooms[at], done, last);
		if size > before and out.size - before > enough then
			out:back(n, size);
			break;
		elseif up_to then
			return { room = at, done = up_to }, false;
		end
		at, done = at + 1, 0;
	end
	return { room = at, done = done }, not snapshot.rooms[at];
end

return { new = new; write = write };
