-- mod_jmb: the hand of jmbd inside Prosody. Enabled once, under the external Component of jmbd, it reaches the
-- conference, lobby and breakout MUCs from there: it reports what happens in their rooms, decides in Prosody's own hooks
-- who may enter and who moderates, speaks into rooms and ends them. docs/protocol.md is the reference of what it says.
--
-- Beside this file: jmb_text and jmb_stream (pure), jmb_policy (pure: what is decided), jmb_rooms (what is in the rooms),
-- jmb_link (the line to the component). Here: the options, Prosody's hooks, and the component's commands.

local jid = require "util.jid";
local st = require "util.stanza";
local time_now = require "util.time".now;
local new_cache = require "util.cache".new;

local text = module:require "jmb_text";
local stream = module:require "jmb_stream";
local policy = module:require "jmb_policy";
local rooms = module:require "jmb_rooms";
local link = module:require "jmb_link";
policy.init(text);

local NS = "urn:jmb:rooms:1";
local MUC_USER = "http://jabber.org/protocol/muc#user";
local parent = module.host:match("^[^.]+%.(.+)$") or module.host;

-- Options -------------------------------------------------------------------------------------------------------------

local muc_host = module:get_option_string("jmb_muc", "conference." .. parent);
local lobby_host = module:get_option_string("jmb_lobby", "lobby." .. parent);
local breakout_host = module:get_option_string("jmb_breakout", "breakout." .. parent);
local kinds = { [breakout_host] = "breakout", [lobby_host] = "lobby", [muc_host] = "main" };
local options = { muc = muc_host };
local mode;

local function choose(name, default, allowed)
	local value = module:get_option_string(name, default);
	if not allowed[value] then
		module:log("error", "%s = %q is not understood; %q is taken", name, value, default);
		value = default;
	end
	return value;
end

local function load_options()
	options.default = choose("jmb_default", "open", { ["open"] = true, ["signed-in"] = true, ["closed"] = true });
	options.limit = math.max(200, module:get_option_number("jmb_queue", 50000) or 50000);
	options.name = module:get_option_string("jmb_name", "JMB");
	options.machine_domains = module:get_option_set("jmb_machine_domains",
		{ "auth." .. parent, "recorder." .. parent, "hidden." .. parent, "focus." .. parent });
	options.machines = module:get_option_set("jmb_machines", {});
	for admin in module:context(muc_host):get_option_inherited_set("admins", {}) do
		options.machines:add(jid.bare(admin));
	end
	return choose("jmb_mode", "enforce", { off = true, observe = true, enforce = true });
end

-- Policies ------------------------------------------------------------------------------------------------------------

local held = { revision = 0, default = nil, rooms = {} };
local store = module:open_store();

-- The policy of a main room, and whether it is its own.
local function policy_of(main)
	local own = main and held.rooms[main];
	return own or held.default or policy.before_any(options.default), own ~= nil;
end

-- Kept in Prosody's storage, so that a Prosody that starts without jmbd goes on as before. Returns true when it is there.
local function keep_policies()
	local ok, wrong = store:set("policies", held);
	if not ok then
		module:log("error", "Policies could not be kept in storage: %s", wrong or "no reason given");
	end
	return ok;
end

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

-- Hooks ---------------------------------------------------------------------------------------------------------------

local complained = {}; -- hooks that failed, each logged once

-- Runs a hook. An error in it never reaches Prosody: the join goes on, and nobody is granted anything.
local function guard(name, handler, on_error)
	return function (event)
		if mode == "off" then
			return;
		end
		local ok, result = pcall(handler, event);
		if ok then
			return result;
		end
		if not complained[name] then
			complained[name] = true;
			module:log("error", "Error in %s (logged once; joins pass, nobody is granted): %s", name, result);
		end
		return on_error and on_error(event);
	end;
end

local function ours(room)
	return not rooms.is_health_check(room.jid);
end

local refusals = new_cache(1000); -- what was reported lately: a client that tries again and again fills no queue

local function report_refusal(room, main, stanza, who, reason)
	local key, now = jid.bare(stanza.attr.from) .. " " .. room.jid .. " " .. reason, time_now();
	local before = refusals:get(key);
	if before and now - before < 10 then
		return;
	end
	refusals:set(key, now);
	link.report("refused", {
		room = room.jid, main = main ~= room.jid and main or nil, jid = stanza.attr.from, user = who.user;
		["user-name"] = who.user_name, name = rooms.display_name(stanza), reason = reason;
		observed = mode ~= "enforce" and "true" or nil;
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
local function admit(kind)
	return function (event)
		local room, stanza = event.room, event.stanza;
		if not ours(room) or rooms.is_machine(stanza.attr.from) then
			return;
		end
		local main = rooms.main_of(room, kind);
		local rule, own = policy_of(main);
		local who = rooms.identity(event.origin);
		local counted = kind ~= "lobby" and rule.maximum and main;
		local people = counted and rooms.count(main, jid.bare(stanza.attr.from)) or 0;
		local reason = policy.decide(rule, who, os.time(), kind == "lobby" and -1 or people, own);
		if reason then
			report_refusal(room, main, stanza, who, reason);
			if mode == "enforce" then
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
local function grant(kind)
	return function (event)
		local room, occupant = event.room, event.occupant;
		if mode ~= "enforce" or not ours(room) or rooms.is_machine(occupant.bare_jid) then
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
local function unnote(event)
	local room = event.room;
	if mode == "enforce" and ours(room) and policy_of(room.jid).moderation ~= "none" then
		local noted = module:context(muc_host):shared("moderators/joining_moderator_participants");
		noted[event.occupant.bare_jid] = nil;
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
local function may_affiliate(kind)
	return function (event)
		local room, bare = event.room, event.jid;
		local up = event.affiliation == "owner" or event.affiliation == "admin";
		local down = not up and (event.previous_affiliation == "owner" or event.previous_affiliation == "admin");
		if mode ~= "enforce" or not (up or down) or not ours(room) or rooms.is_machine(bare) then
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
			elseif down and may and not policy.moderates(rule, rooms.user_of(bare)) then
				may = not delegate(main, event.actor, bare, false);
			end
		end
		if (up and not may) or (down and may and in_room(room, bare)) then
			event.allowed = false; -- one who was kicked may lose the affiliation: it is given again at the next join
		end
	end;
end

-- The same for roles: an owner's role='moderator' would make a moderator without any affiliation.
local function may_set_role(kind)
	return function (event)
		local room, bare = event.room, event.occupant.bare_jid;
		if mode ~= "enforce" or event.role == nil or event.role == "none" or not ours(room) or rooms.is_machine(bare) then
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

local function deny_owner(event)
	if event.affiliation == "owner" and not event.jid:match("^focus@") then
		event.allowed = false;
	end
end

local function deny_moderator(event)
	if event.role == "moderator" then
		event.allowed, event.error, event.condition = false, "cancel", "not-allowed";
	end
end

-- The people who are in a room now, brought in line with its policy: it has just changed.
local function apply(address)
	local known, room = rooms.all[address], rooms.get(address);
	if mode ~= "enforce" or not known or not room or known.kind == "lobby" then
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
				room:set_role(true, occupant.nick, may and "moderator" or "participant");
			end
		end
	end
end

local function apply_all()
	for address in pairs(rooms.all) do
		local ok, wrong = pcall(apply, address);
		if not ok then
			module:log("error", "A policy could not be applied to %s: %s", address, wrong);
		end
	end
end

local function watch(host, kind)
	local context = module:context(host);
	local function hook(name, priority, handler, on_error)
		context:hook(name, guard(name .. " on " .. host, handler, on_error), priority);
	end
	hook("muc-room-created", -10, function (event)
		if ours(event.room) and event.room:has_occupant() then
			rooms.known(event.room, kind);
		end
	end);
	hook("muc-occupant-joined", -10, function (event)
		if ours(event.room) then
			rooms.joined(event.room, kind, event.occupant, event.origin);
		end
	end);
	hook("muc-occupant-pre-change", -1000, function (event)
		local room, occupant = event.room, event.dest_occupant;
		if ours(room) and event.orig_occupant.nick ~= occupant.nick then
			module:add_timer(0, guard("change of nick on " .. host, function ()
				local there = room:get_occupant_by_nick(occupant.nick); -- Prosody tells of the old nick only
				if there then
					rooms.joined(room, kind, there);
				end
			end));
		end
	end);
	hook("muc-occupant-left", 10, function (event)
		rooms.left(event.room, event.occupant);
	end);
	hook("muc-broadcast-presence", -100, function (event)
		rooms.changed(event.room, event.occupant, event.stanza);
	end);
	hook("muc-room-destroyed", 10, function (event)
		rooms.closed(event.room.jid);
	end);
	hook("muc-occupant-pre-join", 20, admit(kind));
	if kind ~= "lobby" then
		hook("muc-occupant-pre-join", 7, grant(kind));
		hook("muc-pre-set-affiliation", 100, may_affiliate(kind), deny_owner);
		hook("muc-pre-set-role", 100, may_set_role(kind), deny_moderator);
	end
	if kind == "main" then
		hook("muc-occupant-pre-join", 1, unnote);
	end
end

function rooms.user_of(bare)
	local user = prosody.bare_sessions[bare];
	for _, session in pairs(user and user.sessions or {}) do
		local id = rooms.identity(session).user;
		if id then
			return id;
		end
	end
end

-- Commands of the component -------------------------------------------------------------------------------------------

-- policies: all or nothing. Everything is read before anything is replaced.
local function read_policies(command)
	local action, revision = command.attr.action, text.integer(command.attr.revision);
	if action ~= "replace" and action ~= "update" then
		return nil, "policies: action is neither replace nor update";
	elseif not revision or revision == 0 then
		return nil, "policies: revision is not a whole number above 0";
	elseif action == "update" and revision ~= held.revision and revision ~= held.revision + 1 then
		return nil, ("policies: revision %s was expected, not %s; send them with action='replace'")
			:format(text.digits(held.revision + 1), text.digits(revision)), "conflict";
	end
	local new = { revision = revision, rooms = {}, default = action == "update" and held.default or nil };
	for address, rule in pairs(action == "update" and held.rooms or {}) do
		new.rooms[address] = rule;
	end
	for _, element in ipairs(command.tags) do
		if element.name == "policy" or element.name == "remove" then
			local address = jid.prep(element.attr.room);
			if not address or jid.host(address) ~= muc_host or not jid.node(address) or jid.resource(address) then
				return nil, ("%s: room='%s' is no room of %s"):format(element.name, element.attr.room or "", muc_host);
			end
			local rule, wrong;
			if element.name == "policy" then
				rule, wrong = policy.read(element);
				if not rule then
					return nil, address .. ": " .. wrong;
				end
			end
			new.rooms[address] = rule;
		elseif element.name == "default" then
			local rule, wrong = policy.read(element);
			if not rule then
				return nil, wrong;
			end
			new.default = rule;
		end
	end
	return new;
end

local function command_policies(command)
	local new, wrong, condition = read_policies(command);
	if not new then
		return nil, wrong, condition;
	end
	local before = held;
	held = new;
	if not keep_policies() then
		held = before;
		return nil, "Prosody's storage does not take them", "internal-server-error";
	end
	apply_all();
	return st.stanza("policies", { xmlns = NS, revision = text.digits(held.revision) });
end

-- The room and instance that say and end name. Returns room, known, address; or nil, nil and the address when the room
-- (or that instance of it) is not there; or nothing and what is wrong.
local function target(command)
	local address = jid.prep(command.attr.room);
	if not address or kinds[jid.host(address)] == nil or not jid.node(address) or jid.resource(address) then
		return nil, nil, nil, ("%s: room='%s' is no room here"):format(command.name, command.attr.room or "");
	end
	local key = command.attr.key;
	if not key or key == "" or #key > 128 then
		return nil, nil, nil, command.name .. ": key is missing or longer than 128 bytes";
	end
	local room, known = rooms.get(address), rooms.all[address];
	if not room or not known or (command.attr.instance and command.attr.instance ~= known.instance) then
		return nil, nil, address;
	end
	return room, known, address;
end

local function say_to_all(room, known, address, id, name, body)
	local reached = rooms.broadcast(room, id, name, body);
	if known.kind == "main" then
		for _, breakout in ipairs(rooms.breakouts_of(address)) do
			local there = rooms.get(breakout);
			reached = reached + (there and rooms.broadcast(there, id, name, body) or 0);
		end
	end
	return reached;
end

local function command_say(command)
	local room, known, address, wrong = target(command);
	if wrong then
		return nil, wrong;
	end
	local body = command:get_child_text("body");
	if not body or body == "" or #body > 16384 then
		return nil, "say: body is missing, empty or longer than 16384 bytes";
	elseif not room then
		return nil, address .. " is not there, or is another instance", "item-not-found";
	end
	local key, to = command.attr.key, command.attr.to;
	local result = st.stanza("say", { xmlns = NS, key = key });
	if rooms.said(known, key) then
		result.attr.said, result.attr.repeated = "0", "true";
		return result;
	end
	local id, name, reached = "jmb-" .. key, command.attr.name or options.name, 1;
	if to then
		local occupant = room:get_occupant_by_nick(address .. "/" .. to);
		if not occupant then
			return nil, to .. " is not in " .. address, "item-not-found";
		end
		rooms.remember(known, key);
		rooms.whisper(room, occupant, id, name, body);
	else
		rooms.remember(known, key);
		reached = say_to_all(room, known, address, id, name, body);
	end
	result.attr.said = text.digits(reached);
	return result;
end

-- The policy of an ended room: the same, but over for everybody, until the component sends another for it.
local function close_policy(main)
	local rule, copy = policy_of(main), {};
	for name, value in pairs(rule) do
		copy[name] = value;
	end
	copy.admission, copy.reason = "closed", "over";
	held.rooms[main] = copy;
	return keep_policies();
end

local function destroy(address, reason)
	local room = rooms.get(address);
	if not room then
		return 0;
	end
	room:set_persistent(false); -- else Prosody leaves a tombstone that keeps the address shut for a month
	return room:destroy(nil, reason) and 1 or 0;
end

local function command_end(command)
	local room, known, address, wrong = target(command);
	if wrong then
		return nil, wrong;
	elseif mode ~= "enforce" then
		return nil, "jmb_mode is " .. mode .. ": rooms are not ended", "not-allowed";
	end
	local result = st.stanza("end", { xmlns = NS, key = command.attr.key, ended = "0" });
	if not room and rooms.all[address] then
		return result; -- another instance: what was to be ended is gone, and somebody may have opened it again
	end
	local main = jid.host(address) == muc_host;
	if main and not close_policy(address) then
		return nil, "Prosody's storage does not take the policy", "internal-server-error";
	end
	local ended, reason = 0, command:get_child_text("reason");
	for _, breakout in ipairs(known and known.kind == "main" and rooms.breakouts_of(address) or {}) do
		ended = ended + destroy(breakout, reason);
	end
	ended = ended + (room and destroy(address, reason) or 0);
	result.attr.ended = text.digits(ended);
	return result;
end

local types = { ["bad-request"] = "modify", ["internal-server-error"] = "wait" };
local last_stranger = 0;

-- Answers an iq set with a verb. Only the component itself commands, over its own connection.
local function command(handler)
	return function (event)
		local origin, stanza = event.origin, event.stanza;
		if stanza.attr.from ~= module.host or origin.type ~= "component" or origin.host ~= module.host then
			if time_now() - last_stranger >= 60 then
				last_stranger = time_now();
				module:log("warn", "%s from %s is refused: it is not the component", stanza.tags[1].name, stanza.attr.from);
			end
			origin.send(st.error_reply(stanza, "auth", "forbidden", "Only the component of mod_jmb may do this"));
			return true;
		end
		local verb = stanza.tags[1];
		local ok, result, wrong, condition = pcall(handler, verb);
		if not ok then
			module:log("error", "%s failed: %s", verb.name, result);
			result, wrong, condition = nil, "mod_jmb failed; Prosody's log says more", "internal-server-error";
		end
		if result then
			origin.send(st.reply(stanza):add_child(result));
		else
			condition = condition or "bad-request";
			module:log(condition == "bad-request" and "warn" or "info", "%s is refused: %s", verb.name, wrong);
			origin.send(st.error_reply(stanza, types[condition] or "cancel", condition, wrong));
		end
		return true;
	end;
end

-- Hello ---------------------------------------------------------------------------------------------------------------

-- Neighbours that act against a policy or hide people, in words for the administrator.
local neighbours = {
	{ muc_host, "token_affiliation", "sets affiliations after the join; mod_jmb vetoes what a policy does not allow" };
	{ muc_host, "muc_allowners", "makes everybody a moderator; only rooms with a moderation policy are protected from it" };
	{ parent, "visitors", "lets people watch from other servers who are neither seen nor counted nor admitted here" };
	{ muc_host, "reservations", "asks another system who may open a room, beside the policies" };
};

local function warnings(hello)
	local function warn(code, words)
		hello:tag("warning", { code = code }):text(words):up();
	end
	if not rooms.muc_of(muc_host) then
		warn("no-muc", muc_host .. " is no MUC of this Prosody: set jmb_muc");
	end
	for _, neighbour in ipairs(neighbours) do
		local host = prosody.hosts[neighbour[1]];
		if host and host.modules[neighbour[2]] then
			warn(neighbour[2], ("mod_%s on %s %s"):format(neighbour[2], neighbour[1], neighbour[3]));
		end
	end
	if module:get_option_string("component_conflict_resolve") ~= "kick_old" then
		warn("conflict-resolve", "set component_conflict_resolve = \"kick_old\" under Component \"" .. module.host
			.. "\": else a reconnection is refused while a dead connection lingers");
	end
end

local function fill_hello(hello)
	hello.attr.mode, hello.attr.policies = mode, text.digits(held.revision);
	hello.attr.software = text.clean("Prosody " .. tostring(prosody.version), 64);
	for _, place in ipairs { { muc_host, "main" }, { lobby_host, "lobby" }, { breakout_host, "breakout" } } do
		if rooms.muc_of(place[1]) then
			hello:tag("muc", { jid = place[1], kind = place[2] }):up();
		end
	end
	warnings(hello);
end

-- Life ----------------------------------------------------------------------------------------------------------------

local function set_mode(new)
	local before = mode;
	mode = new;
	if before == nil or before == new then
		return;
	end
	module:log("info", "jmb_mode is %s now, it was %s", new, before);
	if new == "off" then
		for address in pairs(rooms.all) do
			rooms.closed(address);
		end
	else
		rooms.survey(kinds);
		apply_all();
	end
	link.hello_again();
end

local function keep_events()
	local saved = link.save(false);
	store:set("events", saved.backlog[1] and saved or nil);
end

local function stored(key, check)
	local data, wrong = store:get(key);
	if wrong then
		module:log("error", "%s could not be read from storage: %s", key, wrong);
	end
	return type(data) == "table" and type(data[check]) == "table" and data or nil;
end

local function begin(saved)
	local new_mode = load_options();
	link.open({
		text = text, stream = stream, muc = muc_host, limit = options.limit, hello = fill_hello, rooms = rooms.snapshot;
		backlog_done = keep_events;
	}, saved and saved.link or stored("events", "backlog"));
	rooms.open {
		text = text, report = link.report, milliseconds = link.milliseconds, muc = muc_host;
		machine_domains = options.machine_domains, machines = options.machines;
	};
	if saved and saved.rooms then
		rooms.all = saved.rooms;
	end
	held = stored("policies", "rooms") or held;
	set_mode(new_mode);
	if mode ~= "off" then
		rooms.survey(kinds);
		apply_all();
	end
	module:log("info", "Boot %s, mode %s, policies %s", link.live.boot, mode, text.digits(held.revision));
end

local function reach(host)
	if kinds[host] then
		watch(host, kinds[host]);
	end
end

for host in pairs(kinds) do
	if prosody.hosts[host] then
		reach(host);
	end
end
module:hook_global("host-activated", reach);

for name, handler in pairs { policies = command_policies, say = command_say, ["end"] = command_end } do
	for _, host in ipairs { muc_host, module.host } do
		-- above mod_component, which would send the component's own stanza back to it
		local function hook()
			module:context(host):hook("iq-set/host/" .. NS .. ":" .. name, command(handler), 10);
		end
		if prosody.hosts[host] then
			hook();
		else
			module:hook_global("host-activated", function (activated)
				if activated == host then
					hook();
				end
			end);
		end
	end
end

module:hook_global("config-reloaded", function ()
	local new_mode = load_options();
	rooms.open {
		text = text, report = link.report, milliseconds = link.milliseconds, muc = muc_host;
		machine_domains = options.machine_domains, machines = options.machines;
	};
	set_mode(new_mode);
end);

-- Below mod_c2s (-100), which ends the sessions, so that everybody has left; above mod_muc (-300).
module:hook_global("server-stopping", function ()
	link.flush();
	keep_events();
end, -200);

function module.save()
	return { link = link.save(true), rooms = rooms.all };
end

function module.restore(saved)
	begin(saved);
end

function module.unload()
	link.close();
	if not module.reloading then
		keep_events();
	end
end

if not module.reloading then
	begin(nil);
end
