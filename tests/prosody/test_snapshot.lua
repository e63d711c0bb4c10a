-- The stanzas of a snapshot. Run from the top of the tree: lua5.4 tests/prosody/test_snapshot.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");
local text = t.library("jmb_text");
local snapshots = t.library("jmb_snapshot");

local function room(name, count, kind)
	local people = {};
	for n = 1, count do
		people["n" .. n] = { jid = name .. n .. "@meet.example/" .. ("r"):rep(60), kind = "participant", role = "participant" };
	end
	local known = { address = name .. "@c.example", instance = "i" .. name, kind = kind or "main", created = "1" };
	return { people = people, known = known };
end

-- All stanzas of a snapshot, as texts.
local function stanzas(rooms, last)
	local list, snapshot = {}, snapshots.new(rooms, last);
	local is_last;
	repeat
		local out = text.new_writer();
		local after, no_more = snapshots.write(out, snapshot);
		is_last = no_more;
		t.equal(out.size, #out:text());
		snapshot.next = after;
		list[#list + 1] = out:text();
	until is_last;
	return list;
end

local function count(s, pattern)
	return select(2, s:gsub(pattern, ""));
end

function t.snapshot__of_nothing__is_one_empty_stanza()
	t.equal(stanzas({}, 0), { "" });
end

function t.snapshot__room__says_what_is_known_and_who_is_there()
	local one = room("a", 0, "breakout");
	one.known.main = "m@c.example";
	one.people["A&B"] = { jid = "z@g/1", kind = "phone", user = "u1", name = "O'Neil", role = "moderator", joined = "7" };
	t.equal(stanzas({ one }, 12), {
		"<room jid='a@c.example' instance='ia' kind='breakout' main='m@c.example' created='1' last='12'>"
		.. "<occupant nick='A&amp;B' jid='z@g/1' kind='phone' user='u1' name='O&apos;Neil' role='moderator' joined='7'/>"
		.. "</room>" });
end

function t.snapshot__many_rooms__each_once_and_whole_in_stanzas_of_64_kib()
	local rooms = {};
	for n = 1, 150 do
		rooms[n] = room("r" .. n .. "x", 10);
	end
	local list = stanzas(rooms, 5);
	t.equal(#list > 2, true);
	for n, stanza in ipairs(list) do
		t.equal(#stanza <= 64 * 1024, true);
		t.equal(n == #list or #stanza > 62 * 1024, true); -- filled as far as whole rooms do
	end
	local all = table.concat(list);
	for n = 1, 150 do
		t.equal(count(all, "jid='r" .. n .. "x@"), 1);
	end
	t.equal(count(all, "<occupant "), 1500);
end

function t.snapshot__crowd__goes_on_in_the_next_stanza_under_the_same_room()
	local list = stanzas({ room("small", 2), room("crowd", 1000), room("after", 2) }, 5);
	local all, rooms = table.concat(list), 0;
	for _, stanza in ipairs(list) do
		t.equal(#stanza <= 64 * 1024 + 200, true);
		rooms = rooms + count(stanza, "<room jid='crowd@c.example'");
	end
	t.equal(rooms > 1, true);
	t.equal(count(all, "<room "), count(all, "</room>"));
	for n = 1, 1000 do
		t.equal(count(all, "jid='crowd" .. n .. "@"), 1);
	end
	t.equal(count(all, "jid='after%d@"), 2);
end

t.run();
