-- What is decided in Prosody's own hooks: who comes in, and who is a moderator from the first presence on.

local jid = require "util.jid";
local st = require "util.stanza";
local time_now = require "util.time".now;
local new_cache = require "util.cache".new;

local MUC_USER = "http://jabber.org/protocol/muc#user";

local jmb; -- what the parts share, from open()
local rooms, policy; -- libraries
local decide = {};

local function policy_of(main)
	return jmb.policy_of(main);
end

-- Rooms for people. Jicofo checks itself in rooms of its own, where nobody else has business.
local function ours(room)
	return not rooms.is_health_check(room.jid);
end
decide.ours = ours;

local function delegated(known, user, bare)
	return known and (known.delegates[bare] or user and known.delegates["user:" .. user]) or false;
end

-- May this identity moderate the main room? bare: its address, for those whom a delegable policy's moderators grant.
local function may_moderate(main, rule, user, bare)
	return policy.moderates(rule, user)
		or rule.moderation == "delegable" and delegated(rooms.all[main], user, bare) or false;
end

-- The same by bare address: every session behind it must be entitled, for they share one affiliation.
local function address_may_moderate(main, rule, bare)
	local user = prosody.bare_sessions[bare];
	local any = false;
	for _, session in pairs(user and user.sessions or {}) do
		if not may_moderate(main, rule, rooms.identity(session).user, bare) then
			return false;
		end
		any = true;
	end
	return any;
end

local refusals = new_cache(1000); -- what was reported lately: a client that tries again and again fills no queue

local function report_refusal(room, main, stanza, who, reason)
	local key, now = jid.bare(stanza.attr.from) .. " " .. room.jid .. " " .. reason, time_now();
	local before = refusals:get(key);
	if before and now - before < 10 then
		return;
	end
	refusals:set(key, now);
	jmb.report("refused", {
		room = room.jid, main = main ~= room.jid and main or nil, jid = stanza.attr.from, user = who.user;
		["user-name"] = who.user_name, name = rooms.display_name(stanza), reason = reason;
		observed = jmb.mode ~= "enforce" and "true" or nil;
	});
end

-- Turns one joiner away with words that Jitsi's clients show: for them alone it looks as if the room had been destroyed.
local function refuse(event, words)
	local stanza = event.stanza;
	event.origin.send(st.presence({ type = "unavailable", from = stanza.attr.to, to = stanza.attr.from })
		:tag("x", { xmlns = MUC_USER })
			:tag("item", { affiliation = "none", role = "none" }):up()
			:tag("destroy"):tag("reason"):text(words):up():up():up());
	if event.is_new_room then
		event.room:destroy(); -- made for this join; nobody else would ever remove it
	end
	return true;
end

-- Admission. Above Jitsi's own counting of occupants (10) and its waiting for focus (8), below the token's check (99).
function decide.admit(kind)
	return function (event)
		local room, stanza = event.room, event.stanza;
		if rooms.is_machine(stanza.attr.from) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule, own = policy_of(main);
		local who = rooms.identity(event.origin);
		local counted = kind ~= "lobby" and rule.maximum and main;
		local people = counted and rooms.count(main, jid.bare(stanza.attr.from)) or 0;
		local reason = policy.decide(rule, who, os.time(), kind == "lobby" and -1 or people, own);
		if reason then
			if ours(room) then
				report_refusal(room, main, stanza, who, reason);
			end
			if jmb.mode == "enforce" then
				return refuse(event, policy.refusal(rule, reason, stanza.attr["xml:lang"]));
			end
		end
	end;
end

-- Gives or takes the affiliation that goes with a decision, in the main room (where stock breakouts read theirs) and,
-- where that does not show, in the room itself.
local function set_owner(room, main, bare, wanted)
	local main_room = main and main ~= room.jid and rooms.get(main);
	for _, place in ipairs { main_room or room, room } do
		local is = place:get_affiliation(bare);
		if wanted and is ~= "owner" then
			place:set_affiliation(true, bare, "owner");
		elseif not wanted and (is == "owner" or is == "admin") then
			place:set_affiliation(true, bare, "none");
		end
	end
end

-- Grant. After everything that may still turn the join away for good or hold it, before lobby and members-only (-4, -5),
-- which let an owner pass.
function decide.grant(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if jmb.mode ~= "enforce" or not ours(room) or rooms.is_machine(occupant.bare_jid) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = policy_of(main);
		if rule.moderation == "none" then
			return;
		end
		local user = rooms.identity(event.origin).user;
		if may_moderate(main, rule, user, occupant.bare_jid) then
			set_owner(room, main, occupant.bare_jid, true);
			occupant.role = "moderator"; -- the affiliation alone does not reach one who is about to join
		else
			set_owner(room, main, occupant.bare_jid, false);
			if occupant.role == "moderator" then
				occupant.role = "participant";
			end
		end
	end;
end

-- mod_muc_allowners notes at priority 2 whom it will promote once they joined, and holds back their presences until
-- then. Where we decide that note would hang the join of everybody who is denied.
function decide.unnote(event)
	local room = event.room;
	if jmb.mode == "enforce" and ours(room) and policy_of(room.jid).moderation ~= "none" then
		local noted = module:context(jmb.options.muc):shared("moderators/joining_moderator_participants");
		noted[event.occupant.bare_jid] = nil;
	end
end

-- The token's identity of the first session behind a bare address.
local function user_of(bare)
	local user = prosody.bare_sessions[bare];
	for _, session in pairs(user and user.sessions or {}) do
		local id = rooms.identity(session).user;
		if id then
			return id;
		end
	end
end

-- An owner of a delegable room grants somebody: remembered by identity, so that it holds when that person comes back.
local function delegate(main, actor, bare, give)
	local known, room = rooms.all[main], rooms.get(main);
	local granter = room and room:get_occupant_by_real_jid(actor);
	if not known or not granter or granter.role ~= "moderator" or rooms.is_machine(actor) then
		return false;
	end
	known.delegates[bare] = give or nil;
	local user = prosody.bare_sessions[bare];
	for _, session in pairs(user and user.sessions or {}) do
		local id = rooms.identity(session).user;
		if id then
			known.delegates["user:" .. id] = give or nil;
		end
	end
	return true;
end

local function in_room(room, bare)
	for _, occupant in room:each_occupant() do
		if occupant.bare_jid == bare then
			return true;
		end
	end
	return false;
end

-- Nobody becomes or stops being owner (or admin) against the policy, whoever asks: focus, an owner, another module.
function decide.may_affiliate(kind)
	return function (event)
		local room, bare = event.room, event.jid;
		local up = event.affiliation == "owner" or event.affiliation == "admin";
		local down = not up and (event.previous_affiliation == "owner" or event.previous_affiliation == "admin");
		if jmb.mode ~= "enforce" or not (up or down) or not ours(room) or rooms.is_machine(bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = policy_of(main);
		if rule.moderation == "none" then
			return;
		end
		local may = address_may_moderate(main, rule, bare);
		if rule.moderation == "delegable" and event.actor then
			if up and not may then
				may = delegate(main, event.actor, bare, true);
			elseif down and may and not policy.moderates(rule, user_of(bare)) then
				may = not delegate(main, event.actor, bare, false);
			end
		end
		if (up and not may) or (down and may and in_room(room, bare)) then
			event.allowed = false; -- one who was kicked may lose the affiliation: it is given again at the next join
		end
	end;
end

-- The same for roles: an owner's role='moderator' would make a moderator without any affiliation.
function decide.may_set_role(kind)
	return function (event)
		local room, bare = event.room, event.occupant.bare_jid;
		if jmb.mode ~= "enforce" or event.role == nil or event.role == "none" or not ours(room) or rooms.is_machine(bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = policy_of(main);
		if rule.moderation == "none" then
			return;
		end
		local may = address_may_moderate(main, rule, bare);
		if (event.role == "moderator") ~= may and (event.role == "moderator" or event.occupant.role == "moderator") then
			event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
		end
	end;
end

-- The people who are in a room now, brought in line with its policy: it has just changed.
local function apply(address)
	local known, room = rooms.all[address], rooms.get(address);
	if jmb.mode ~= "enforce" or not known or not room or known.kind == "lobby" then
		return;
	end
	local main = known.main or address;
	local rule = policy_of(main);
	if rule.moderation == "none" then
		return;
	end
	for nick, person in pairs(known.people) do
		local occupant = room:get_occupant_by_nick(address .. "/" .. nick);
		if occupant then
			local may = may_moderate(main, rule, person.user, occupant.bare_jid);
			if may ~= (occupant.role == "moderator") then
				set_owner(room, main, occupant.bare_jid, may);
			end
			if may ~= (room:get_role(occupant.nick) == "moderator") then -- a role without an affiliation, or a breakout room
				room:set_role(true, occupant.nick, may and "moderator" or "participant");
			end
		end
	end
end

function decide.apply_all()
	for address in pairs(rooms.all) do
		local ok, wrong = pcall(apply, address);
		if not ok then
			module:log("error", "A policy could not be applied to %s: %s", address, wrong);
		end
	end
end

-- What stands in for a decision that failed: nobody is granted anything, but focus, without which no conference works.
function decide.deny_owner(event)
	if event.affiliation == "owner" and not event.jid:match("^focus@") then
		event.allowed = false;
	end
end

function decide.deny_moderator(event)
	if event.role == "moderator" then
		event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
	end
end

-- shared: mode, options, policy_of(), report() (live: they change), rooms and policy (libraries).
function decide.open(shared)
	jmb, rooms, policy = shared, shared.rooms, shared.policy;
end

return decide;
