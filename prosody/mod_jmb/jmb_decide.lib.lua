-- What is decided in Prosody's own hooks: who comes in, and who is a moderator from the first presence on.

local jid = require "util.jid";
local st = require "util.stanza";
local monotonic = require "util.time".monotonic;
local new_cache = require "util.cache".new;

local MUC_USER = "http://jabber.org/protocol/muc#user";
local FOCUS = "http://jitsi.org/protocol/focus";

local jmb; -- what the parts share, from open()
local rooms, identity, policy, settings; -- libraries
local decide = {};

local function policy_of(main)
	return jmb.policy_of(main);
end

-- Rooms for people. Jicofo checks itself in rooms of its own, where nobody else has business.
local function ours(room)
	return not rooms.is_health_check(room.jid);
end
decide.ours = ours;

-- Is it a machine that is about to join, and nobody's call?
local function is_machine_joining(event)
	return identity.is_machine(event.occupant.bare_jid) and not identity.is_call(event.stanza);
end

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
decide.may_moderate = may_moderate;

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

local refusals = new_cache(1000); -- what was reported lately: a client that tries again and again fills no queue

local function report_refusal(address, main, stanza, who, reason)
	local key, now = jid.bare(stanza.attr.from) .. " " .. address .. " " .. reason, monotonic();
	local before = refusals:get(key);
	if before and now - before < 10 then
		return;
	end
	refusals:set(key, now);
	if not who.user and not who.account and jmb.is_crowded() then
		jmb.rarely("crowded", "warn", "more than half of jmb_queue is full: of strangers who are refused nothing is kept");
		return; -- what people do who are in must not give way to whoever knocks
	end
	jmb.report("refused", {
		room = address, main = main ~= address and main or nil, jid = stanza.attr.from, user = who.user, account = who.account;
		["user-name"] = who.user_name, name = identity.display_name(stanza), reason = reason;
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

-- May this person enter? Returns nil for yes, or the reason and whether waiting mends it; and main room, policy, person.
local function judge(room, kind, from, session)
	local main = rooms.main_of(room, kind);
	local rule, own = policy_of(main);
	if policy.lets_all_in(rule) then
		return nil;
	end
	local who = identity.of_session(session);
	local known = main and rooms.all[main];
	local counted, bare = kind ~= "lobby" and rule.maximum and main, jid.bare(from);
	local reason, waits = policy.decide(rule, who, jmb.time(), {
		people = not counted and -1 or rooms.count(main, not identity.is_machine(bare) and bare or nil, who);
		own = own, hosted = known and known.hosted;
	});
	return reason, waits and settings.can_wait(), main, rule, who;
end

-- Admission. Above Jitsi's own counting of occupants (10) and its waiting for focus (8), below the token's check (99).
function decide.admit(kind)
	return function (event)
		local room, stanza = event.room, event.stanza;
		if is_machine_joining(event) then
			return;
		end
		local reason, waits, main, rule, who = judge(room, kind, stanza.attr.from, event.origin);
		if not reason or (waits and kind ~= "breakout") then
			return;
		end
		if ours(room) then
			report_refusal(room.jid, main, stanza, who, reason);
		end
		if jmb.mode == "enforce" then
			return refuse(event, policy.refusal(rule, reason, stanza.attr["xml:lang"]));
		end
	end;
end

-- The text at the conference IQ, which clients send first and show at once. Not a gate: there are doors without it, and
-- whoever comes by them meets admit().
function decide.answer_conference(event)
	local stanza = event.stanza;
	local wish = stanza.attr.type == "set" and stanza:get_child("conference", FOCUS);
	if not wish or jmb.mode ~= "enforce" or identity.is_machine(stanza.attr.from) then
		return;
	end
	local address = jid.prep(jmb.text.inside(wish.attr.room or "", jmb.options.muc));
	local kind = address and jid.node(address) and jmb.kinds[jid.host(address)];
	if not kind or kind == "lobby" or rooms.is_health_check(address) then
		return;
	end
	local reason, waits, main, rule, who = judge({ jid = address }, kind, stanza.attr.from, event.origin);
	if not reason or waits then
		return;
	end
	report_refusal(address, main, stanza, who, reason);
	event.origin.send(st.error_reply(stanza, "cancel", "service-unavailable",
			policy.refusal(rule, reason, stanza.attr["xml:lang"]))
		:tag("reservation-error", { xmlns = FOCUS, ["error-code"] = "403" }):up());
	return true;
end

-- Prepares a main room before anybody is in who should not be: above the waiting for focus (8), after which people who
-- were held come in at once.
function decide.prepare(event)
	local room, stanza = event.room, event.stanza;
	if jmb.mode ~= "enforce" or not ours(room) then
		return;
	end
	local rule = policy_of(room.jid);
	settings.apply(room, rule);
	if (rule.wait or rule.admission == "owner") and not is_machine_joining(event) then
		local reason, waits = judge(room, "main", stanza.attr.from, event.origin);
		if reason and waits and (room:get_affiliation(event.occupant.bare_jid) or "none") == "none" then
			settings.hold_guests(room);
		end
	end
end

-- One of the listed moderators is in: who waits for that may come in, and whoever comes later.
local function host(address, person)
	local known = rooms.all[address];
	if not known or known.hosted or known.kind ~= "main" or not policy.moderates(policy_of(address), person) then
		return;
	end
	local room = rooms.get(address);
	if room then
		known.hosted = true;
		if jmb.mode == "enforce" then
			settings.let_guests_in(room);
		end
	end
end
decide.host = host;

function decide.joined(room, person)
	if person then
		host(room.jid, person);
	end
end

-- Who was told to wait in a lobby that has gone meanwhile is sent on to the room, as all were who were in it.
function decide.send_on(event)
	local room, stanza = event.room, event.stanza;
	local main = rooms.get(rooms.main_of(room, "lobby"));
	local known = main and rooms.all[main.jid];
	if jmb.mode ~= "enforce" or not known or not known.hosted or main:get_members_only() then
		return;
	end
	event.origin.send(st.presence({ type = "unavailable", from = stanza.attr.to, to = stanza.attr.from })
		:tag("x", { xmlns = MUC_USER })
			:tag("item", { affiliation = "none", role = "none" }):up()
			:tag("destroy", { jid = jmb.text.outside(main.jid, jmb.options.muc) })
				:tag("reason"):text("The room is open."):up():up():up());
	return true;
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
decide.set_owner = set_owner;

-- Who is about to join becomes what the policy says. Returns whether that is a moderator, or may be one where moderation is
-- not the policy's business; nil when it says nothing of this person.
local function settle(room, kind, occupant, origin)
	local main = rooms.main_of(room, kind);
	local rule = policy_of(main);
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
function decide.grant(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if jmb.mode ~= "enforce" or not ours(room) then
			return;
		elseif is_machine_joining(event) or settle(room, kind, occupant, event.origin) then
			settings.let_past(event);
		end
	end;
end

-- Grant again, when all others have had their say: a module that makes moderators of people on their way in (Jitsi's
-- token_affiliation, at -3.5) writes the role itself, and asks nobody.
function decide.confirm(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if jmb.mode == "enforce" and ours(room) and not is_machine_joining(event) then
			settle(room, kind, occupant, event.origin);
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
function decide.may_affiliate(kind)
	return function (event)
		local room, bare = event.room, event.jid;
		local up, ban = event.affiliation == "owner" or event.affiliation == "admin", event.affiliation == "outcast";
		local down = not up and (event.previous_affiliation == "owner" or event.previous_affiliation == "admin");
		if jmb.mode ~= "enforce" or not (up or down or ban) or not ours(room) or is_machine_in(room, bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = policy_of(main);
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
function decide.may_set_role(kind)
	return function (event)
		local room, bare = event.room, event.occupant.bare_jid;
		if jmb.mode ~= "enforce" or not ours(room) or is_machine_in(room, bare) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule = policy_of(main);
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
function decide.deny_owner(event)
	local known, machine = pcall(identity.is_machine, event.jid);
	if (event.affiliation == "owner" or event.affiliation == "admin") and not (known and machine) then
		event.allowed = false;
	end
end

-- The same for one who is about to join.
function decide.deny_role(event)
	local known, machine = pcall(identity.is_machine, event.occupant.bare_jid);
	if event.occupant.role == "moderator" and not (known and machine) then
		event.occupant.role = "participant";
	end
end

function decide.deny_moderator(event)
	if event.role == "moderator" then
		event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
	end
end

-- shared: mode, options, kinds, policy_of(), report(), is_crowded(), time(), rarely() (live: they change), rooms,
-- identity, policy, settings, text (libraries).
function decide.open(shared)
	jmb, rooms, identity = shared, shared.rooms, shared.identity;
	policy, settings = shared.policy, shared.settings;
end

return decide;
