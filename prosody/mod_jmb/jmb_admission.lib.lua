-- Who comes in: decided in Prosody's own hooks, before the first presence.

local jid = require "util.jid";
local st = require "util.stanza";
local monotonic = require "util.time".monotonic;
local new_cache = require "util.cache".new;

local MUC_USER = "http://jabber.org/protocol/muc#user";
local FOCUS = "http://jitsi.org/protocol/focus";

local jmb; -- what the parts share, from open()
local rooms, identity, policy, settings; -- libraries
local admission = {};

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
	local rule, own = jmb.policy_of(main);
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
function admission.admit(kind)
	return function (event)
		local room, stanza = event.room, event.stanza;
		if identity.is_machine_joining(event) then
			return;
		end
		local reason, waits, main, rule, who = judge(room, kind, stanza.attr.from, event.origin);
		if not reason or (waits and kind ~= "breakout") then
			return;
		end
		if rooms.is_ours(room) then
			report_refusal(room.jid, main, stanza, who, reason);
		end
		if jmb.mode == "enforce" then
			return refuse(event, policy.refusal(rule, reason, stanza.attr["xml:lang"]));
		end
	end;
end

-- The text at the conference IQ, which clients send first and show at once. Not a gate: there are doors without it, and
-- whoever comes by them meets admit().
function admission.answer_conference(event)
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
function admission.prepare(event)
	local room, stanza = event.room, event.stanza;
	if jmb.mode ~= "enforce" or not rooms.is_ours(room) then
		return;
	end
	local rule = jmb.policy_of(room.jid);
	settings.apply(room, rule);
	if (rule.wait or rule.admission == "owner") and not identity.is_machine_joining(event) then
		local reason, waits = judge(room, "main", stanza.attr.from, event.origin);
		if reason and waits and (room:get_affiliation(event.occupant.bare_jid) or "none") == "none" then
			settings.hold_guests(room);
		end
	end
end

-- One of the listed moderators is in: who waits for that may come in, and whoever comes later.
local function host(address, person)
	local known = rooms.all[address];
	if not known or known.hosted or known.kind ~= "main" or not policy.moderates(jmb.policy_of(address), person) then
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
admission.host = host;

function admission.joined(room, person)
	if person then
		host(room.jid, person);
	end
end

-- Who was told to wait in a lobby that has gone meanwhile is sent on to the room, as all were who were in it.
function admission.send_on(event)
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

-- shared: mode, options, kinds, policy_of(), report(), is_crowded(), time(), rarely() (live: they change), rooms,
-- identity, policy, settings, text (libraries).
function admission.open(shared)
	jmb, rooms, identity = shared, shared.rooms, shared.identity;
	policy, settings = shared.policy, shared.settings;
end

return admission;
