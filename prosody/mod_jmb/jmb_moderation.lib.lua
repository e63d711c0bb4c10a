-- Who is a moderator: decided in Prosody's own hooks, from the first presence on.

local jid = require "util.jid";

local jmb; -- what the parts share, from open()
local rooms, identity, policy, settings; -- libraries
local moderation = {};

-- Is there a machine behind this address in a room, and not a call?
local function is_machine_in(room, bare)
	return identity.is_machine(bare) and not rooms.is_called_from(room, bare);
end

-- Under which names a grant is kept: the identity, or, of somebody who has none, the session's address.
local function grant_key(who, bare)
	return who.user and "user:" .. who.user or who.account and "account:" .. who.account or bare;
end

-- May this person moderate the main room: listed, or granted by somebody who is listed where that is delegable?
local function may_moderate(main, rule, who, bare)
	if policy.moderates(rule, who) then
		return true;
	end
	local known = rule.moderation == "delegable" and rooms.all[main];
	return known and known.delegates[grant_key(who, bare)] or false;
end
moderation.may_moderate = may_moderate;

-- Calls see(who) for each session behind a bare address, until it returns true; returns whether it did, and whether there
-- was any session.
local function each_identity(bare, see)
	local user, any = prosody.bare_sessions[bare], false;
	for _, session in pairs(user and user.sessions or {}) do
		any = true;
		if see(identity.of_session(session)) then
			return true, true;
		end
	end
	return false, any;
end

-- The same by bare address: every session behind it must be entitled, for they share one affiliation.
local function address_may_moderate(main, rule, bare)
	local stranger, any = each_identity(bare, function (who)
		return not may_moderate(main, rule, who, bare);
	end);
	return any and not stranger;
end

-- Does the policy list somebody with this address: one of the sessions behind it, or, there or not, the account that it is?
local function address_is_listed(rule, bare)
	return policy.moderates(rule, identity.of_address(bare)) or (each_identity(bare, function (who)
		return policy.moderates(rule, who);
	end));
end

-- Is it one of the listed moderators, in this room, who does it? actor: a full address. Machines and those who were
-- granted are not.
local function is_listed_actor(room, rule, actor)
	local occupant = actor and not identity.is_machine(actor) and room:get_occupant_by_real_jid(actor);
	return occupant and occupant.role == "moderator"
		and policy.moderates(rule, identity.of_session(prosody.full_sessions[actor])) or false;
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
			local stays = place:get_members_only(); -- there, nobody without any affiliation may be in
			place:set_affiliation(true, bare, stays and "member" or "none");
		end
	end
end
moderation.set_owner = set_owner;

-- Who is about to join becomes what the policy says. Returns whether that is a moderator, or may be one where moderation is
-- not the policy's business; nil when it says nothing of this person.
local function settle(room, kind, occupant, origin)
	local main = rooms.main_of(room, kind);
	local rule = jmb.policy_of(main);
	if rule.moderation == "none" and not policy.lists_somebody(rule) then
		return nil;
	elseif room:get_affiliation(occupant.bare_jid) == "outcast" then
		return nil; -- a ban is a ban
	end
	local may = may_moderate(main, rule, identity.of_session(origin), occupant.bare_jid);
	if rule.moderation ~= "none" then
		set_owner(room, main, occupant.bare_jid, may);
		if may then
			occupant.role = "moderator"; -- the affiliation alone does not reach one who is about to join
		elseif occupant.role == "moderator" then
			occupant.role = "participant";
		end
	end
	return may;
end

-- Grant. After everything that may still turn the join away for good or hold it, before lobby and members-only (-4, -5),
-- which let an owner pass, and the password (-20).
function moderation.grant(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if jmb.mode ~= "enforce" or not rooms.is_ours(room) then
			return;
		elseif identity.is_machine_joining(event) or settle(room, kind, occupant, event.origin) then
			settings.let_past(event);
		end
	end;
end

-- Grant again, when all others have had their say: a module that makes moderators of people on their way in (Jitsi's
-- token_affiliation, at -3.5) writes the role itself, and asks nobody.
function moderation.confirm(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if jmb.mode == "enforce" and rooms.is_ours(room) and not identity.is_machine_joining(event) then
			settle(room, kind, occupant, event.origin);
		end
	end;
end

-- mod_muc_allowners notes at priority 2 whom it will promote once they joined, and holds back their presences until
-- then. Where we decide that note would hang the join of everybody who is denied.
function moderation.unnote(event)
	local room = event.room;
	if jmb.mode == "enforce" and rooms.is_ours(room) and jmb.policy_of(room.jid).moderation ~= "none" then
		local noted = module:context(jmb.options.muc):shared("moderators/joining_moderator_participants");
		noted[event.occupant.bare_jid] = nil;
	end
end

-- Remembers (give: true) or forgets a grant, for this instance of the room.
local function delegate(main, bare, give)
	local known = rooms.all[main];
	if not known then
		return false;
	end
	each_identity(bare, function (who)
		known.delegates[grant_key(who, bare)] = give or nil;
	end);
	known.regranted = true; -- other devices of that person follow, after this change
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

-- Bans are left alone, but nobody who was granted bans a listed one, also when that one is away.
local function may_ban(room, rule, event)
	return not event.actor or not address_is_listed(rule, event.jid) or is_listed_actor(room, rule, event.actor);
end

-- May one who moderates lose it? Nobody takes it from a listed one, but one who was granted may lose it by a listed one
-- (whom it is forgotten by, then) or by themselves.
local function may_lose(room, main, rule, event)
	local bare, actor = event.jid, event.actor;
	local listed, by_listed = address_is_listed(rule, bare), is_listed_actor(room, rule, actor);
	if not in_room(room, bare) then
		return true; -- one who was kicked: given again at the next join
	elseif listed or not actor then
		return false;
	elseif by_listed or jid.bare(actor) == bare then
		return delegate(main, bare, false);
	end
	return false;
end

-- Nobody becomes or stops being owner (or admin) against the policy, whoever asks: focus, an owner, another module.
function moderation.may_affiliate(kind)
	return function (event)
		local room, bare = event.room, event.jid;
		local up, ban = event.affiliation == "owner" or event.affiliation == "admin", event.affiliation == "outcast";
		local down = not up and (event.previous_affiliation == "owner" or event.previous_affiliation == "admin");
		if jmb.mode ~= "enforce" or not (up or down or ban) or not rooms.is_ours(room) or is_machine_in(room, bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = jmb.policy_of(main);
		if rule.moderation == "none" then
			return;
		elseif ban then
			if not may_ban(room, rule, event) then
				event.allowed = false;
			end
			return;
		end
		local may = address_may_moderate(main, rule, bare);
		if up and not may and event.affiliation == "owner" and rule.moderation == "delegable"
			and in_room(room, bare) and is_listed_actor(room, rule, event.actor) then
			may = delegate(main, bare, true);
		end
		if (up and not may) or (down and may and not may_lose(room, main, rule, event)) then
			event.allowed = false;
		end
	end;
end

-- The same for roles: an owner's role='moderator' would make a moderator without any affiliation. A kick is left alone;
-- that of one who was granted, by a listed moderator, takes the grant.
function moderation.may_set_role(kind)
	return function (event)
		local room, bare = event.room, event.occupant.bare_jid;
		if jmb.mode ~= "enforce" or not rooms.is_ours(room) or is_machine_in(room, bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = jmb.policy_of(main);
		if rule.moderation == "none" then
			return;
		elseif event.role == nil or event.role == "none" then
			if rule.moderation == "delegable" and is_listed_actor(room, rule, event.actor) then
				delegate(main, bare, false);
			end
			return;
		end
		local may = address_may_moderate(main, rule, bare);
		if (event.role == "moderator") ~= may and (event.role == "moderator" or event.occupant.role == "moderator") then
			event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
		end
	end;
end

-- What stands in for a decision that failed: nobody is granted anything, but focus, without which no conference works.
function moderation.deny_owner(event)
	local known, machine = pcall(identity.is_machine, event.jid);
	if (event.affiliation == "owner" or event.affiliation == "admin") and not (known and machine) then
		event.allowed = false;
	end
end

-- The same for one who is about to join.
function moderation.deny_role(event)
	local known, machine = pcall(identity.is_machine, event.occupant.bare_jid);
	if event.occupant.role == "moderator" and not (known and machine) then
		event.occupant.role = "participant";
	end
end

function moderation.deny_moderator(event)
	if event.role == "moderator" then
		event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
	end
end

-- shared: mode, options, policy_of() (live: they change), rooms, identity, policy, settings (libraries).
function moderation.open(shared)
	jmb, rooms, identity = shared, shared.rooms, shared.identity;
	policy, settings = shared.policy, shared.settings;
end

return moderation;
