-- Rooms that are going on, brought in line with policies that have changed: who moderates, and their settings.

local now = require "util.time".monotonic;

local slice = 0.005; -- seconds of a turn of Prosody

local jmb, rooms, settings, admission, moderation; -- what the parts share, and libraries, from open()
local apply = {};

-- The people who are in a room now, brought in line with who may moderate.
local function apply_moderation(address, known, room, rule)
	local main = known.main or address;
	for nick, person in pairs(known.people) do
		local occupant = room:get_occupant_by_nick(address .. "/" .. nick);
		if occupant then
			local may = moderation.may_moderate(main, rule, person, occupant.bare_jid);
			if may ~= (occupant.role == "moderator") then
				moderation.set_owner(room, main, occupant.bare_jid, may);
				if may ~= (room:get_role(occupant.nick) == "moderator") then -- a role without an affiliation, or a breakout room
					room:set_role(true, occupant.nick, may and "moderator" or "participant");
				end
			end
		end
	end
end

-- A main room, also one where nobody is but in its lobby, in line with its policy.
local function apply_settings(address, known, room, rule)
	settings.apply(room, rule);
	for _, person in pairs(known and known.people or {}) do
		admission.host(address, person);
	end
	if (known and known.hosted) or not (rule.wait or rule.admission == "owner") then
		settings.let_guests_in(room);
	end
end

-- A main or breakout room that is going on, in line with its policy: it has just changed.
local function apply_room(address)
	local known, room = rooms.all[address], rooms.get(address);
	local main = known and known.main or address;
	local rule = jmb.policy_of(main);
	if known and room and rule.moderation ~= "none" then
		apply_moderation(address, known, room, rule);
	end
	if room and address == main then
		apply_settings(address, known, room, rule);
	end
end

local function apply_address(address)
	local ok, wrong = pcall(apply_room, address);
	if not ok then
		jmb.rarely("apply", "error", "A policy could not be applied to %s: %s", address, wrong);
	end
end

-- The main room and its breakout rooms.
function apply.to(main)
	if jmb.mode ~= "enforce" then
		return;
	end
	apply_address(main);
	for _, address in ipairs(rooms.breakouts_of(main)) do
		apply_address(address);
	end
end

-- Brings those rooms (a table by address) in line with their policies: as many at once as a turn of Prosody has time for,
-- the others in the next turns. Who joins meanwhile is decided by the new policies already.
local function apply_each(mains, after)
	local began, at = now(), after;
	repeat
		at = next(mains, at);
		if at then
			apply.to(at);
		end
	until not at or now() - began >= slice;
	if at then
		module:add_timer(0.001, function () -- 0 could be this turn still
			apply_each(mains, at);
		end);
	end
end

function apply.all()
	apply_each(rooms.mains());
end

-- Policies of these rooms have changed (by canonical address), or of "all".
function apply.changed(which)
	local mains = rooms.mains();
	for main in pairs(which ~= "all" and mains or {}) do
		if which[jmb.text.canonical(main)] == nil then
			mains[main] = nil;
		end
	end
	apply_each(mains);
end

-- Nothing is enforced any more: nobody waits for us.
function apply.let_all_in()
	for main in pairs(rooms.mains()) do
		local room = rooms.get(main);
		if room then
			settings.let_guests_in(room);
		end
	end
end

-- After a grant or its end: that person's other devices, and breakout rooms, follow.
function apply.follow(kind)
	return function (event)
		local main = rooms.main_of(event.room, kind);
		local known = main and rooms.all[main];
		if known and known.regranted then
			known.regranted = nil;
			apply.to(main);
		end
	end;
end

-- shared: mode, policy_of(), rarely() (live: they change), rooms, settings, admission, moderation (libraries).
function apply.open(shared)
	jmb, rooms, settings = shared, shared.rooms, shared.settings;
	admission, moderation = shared.admission, shared.moderation;
end

return apply;
