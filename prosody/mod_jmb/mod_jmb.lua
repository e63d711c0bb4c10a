-- mod_jmb: the hand of jmbd inside Prosody. Enabled once, under the external Component of jmbd, it reaches the
-- conference, lobby and breakout MUCs from there: it reports what happens in their rooms, decides in Prosody's own hooks
-- who may enter and who moderates, speaks into rooms and ends them. docs/protocol.md is the reference of what it says.
--
-- Beside this file: jmb_text, jmb_stream, jmb_snapshot, jmb_policy and jmb_neighbours (pure functions), jmb_identity (who is
-- a machine, who a person, and which), jmb_rooms (what is in the rooms), jmb_speech (what is said there), jmb_admission (who
-- comes in), jmb_moderation (who moderates), jmb_settings (subject, password, lobby), jmb_apply (policies that change under
-- people), jmb_commands (what the component may order), jmb_link (the line to the component), jmb_request (a question
-- and its answer on it), jmb_shelf (policies in storage), jmb_collector (Lua's), jmb_gate (what others may send to the
-- component).
-- Here: options, hooks, hello, and what survives a reload or a stop.

local async = require "util.async";
local jid = require "util.jid";
local time_now = require "util.time".now;

local text = module:require "jmb_text";
local stream = module:require "jmb_stream";
local policy = module:require "jmb_policy";
local neighbours = module:require "jmb_neighbours";
local identity = module:require "jmb_identity";
local rooms = module:require "jmb_rooms";
local speech = module:require "jmb_speech";
local settings = module:require "jmb_settings";
local admission = module:require "jmb_admission";
local moderation = module:require "jmb_moderation";
local apply = module:require "jmb_apply";
local commands = module:require "jmb_commands";
local snapshots = module:require "jmb_snapshot";
local request = module:require "jmb_request";
local link = module:require "jmb_link";
local shelf = module:require "jmb_shelf";
local collector = module:require "jmb_collector";
local gate = module:require "jmb_gate";
policy.init(text);

local NS = "urn:jmb:rooms:1";
local parent = module.host:match("^[^.]+%.(.+)$") or module.host;

-- Options -------------------------------------------------------------------------------------------------------------

local options = {
	muc = module:get_option_string("jmb_muc", "conference." .. parent);
	lobby = module:get_option_string("jmb_lobby", "lobby." .. parent);
	breakout = module:get_option_string("jmb_breakout", "breakout." .. parent);
};
local before_any; -- the policy of every room until there are policies
local kinds = { [options.breakout] = "breakout", [options.lobby] = "lobby", [options.muc] = "main" };

local function choose(name, default, allowed)
	local value = module:get_option_string(name, default);
	if not allowed[value] then
		module:log("error", "%s = %q is not understood; %q is taken", name, value, default);
		value = default;
	end
	return value;
end

-- Reads what a reload of the configuration may change; returns the mode.
local function load_options()
	options.default = choose("jmb_default", "open", { ["open"] = true, ["signed-in"] = true, ["closed"] = true });
	before_any = policy.before_any(options.default);
	options.limit = math.max(200, module:get_option_number("jmb_queue", 50000) or 50000);
	options.name = module:get_option_string("jmb_name", "JMB");
	options.machine_domains = module:get_option_set("jmb_machine_domains",
		{ "auth." .. parent, "recorder." .. parent, "hidden." .. parent, "focus." .. parent });
	options.account_domains = module:get_option_set("jmb_account_domains", {});
	options.machines = module:get_option_set("jmb_machines", {});
	for admin in module:context(options.muc):get_option_inherited_set("admins", {}) do
		options.machines:add(jid.bare(admin));
	end
	collector.allow(module:get_option_boolean("jmb_ease_collector", true));
	return choose("jmb_mode", "enforce", { off = true, observe = true, enforce = true });
end

-- What the parts share ----------------------------------------------------------------------------------------------

local logged = {}; -- when what was logged last, by key

local jmb = {
	mode = nil, options = options, kinds = kinds, burst = collector.burst;
	text = text, policy = policy, identity = identity, rooms = rooms, speech = speech, settings = settings;
	admission = admission, moderation = moderation;
	held = { revision = 0, default = nil, rooms = {} }; -- and old, while a replacement is under way: see change()
	report = function (...) link.report(...); end;
	time = function () return link.time(); end;
	is_crowded = function () return link.is_crowded(); end;
};

-- Logs that under this key at most once a minute: whoever sends nonsense fills no log.
function jmb.rarely(key, level, ...)
	local now = time_now();
	if not logged[key] or math.abs(now - logged[key]) >= 60 then
		logged[key] = now;
		module:log(level, ...);
	end
end

-- The policy of a main room, and whether it is its own.
function jmb.policy_of(main)
	local held, key = jmb.held, main and text.canonical(main);
	local own = key and (held.rooms[key] or held.rooms[key] == nil and held.old and held.old[key]) or nil;
	return own or held.default or before_any, own ~= nil;
end

-- From now on these hold, also in a Prosody that starts while jmbd is away. False when storage does not take them.
-- While more of a replacement is to come, rooms that it has not named yet keep the policies that they had.
function jmb.change(change)
	local held = jmb.held;
	if not shelf.keep(change, held) then
		return false;
	end
	local all = change.replace or (held.old and not change.more);
	if change.replace then
		local old = change.more and held.old or {};
		for address, rule in pairs(change.more and held.rooms or {}) do
			old[address] = rule;
		end
		jmb.held = { revision = change.revision, default = change.default, rooms = {}, old = change.more and old or nil };
		held = jmb.held;
	elseif not change.more then
		held.old = nil;
	end
	held.revision, held.default = change.revision, change.default;
	for address, rule in pairs(change.rooms) do
		held.rooms[address] = rule or held.old and false or nil;
	end
	if not change.quiet then
		apply.changed(all and "all" or change.rooms);
	end
	return true;
end

-- Hooks ---------------------------------------------------------------------------------------------------------------

local complained = {}; -- hooks that failed, each logged once

-- Runs a hook. An error in it never reaches Prosody: the join goes on, and nobody is granted anything.
local function guard(name, handler, on_error)
	return function (event)
		if jmb.mode == "off" then
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

local changing = {}; -- the change of nick under way: its stanza, and the occupant that comes of it

local function watch(host, kind)
	local context = module:context(host);
	local function hook(name, priority, handler, on_error)
		context:hook(name, guard(name .. " on " .. host, handler, on_error), priority);
	end
	hook("muc-occupant-joined", -10, function (event)
		if rooms.is_ours(event.room) then
			admission.joined(event.room, rooms.entered(event.room, kind, event.occupant, event.origin));
		end
	end);
	hook("muc-occupant-pre-change", -1000, function (event)
		local room, occupant = event.room, event.dest_occupant;
		if rooms.is_ours(room) and event.orig_occupant.nick ~= occupant.nick then
			changing.stanza, changing.occupant = event.stanza, occupant;
			module:add_timer(0, guard("change of nick on " .. host, function ()
				local there = room:get_occupant_by_nick(occupant.nick);
				if there and rooms.get(room.jid) == room then -- one of two sessions that had shared a nick
					rooms.joined(room, kind, there);
				end
			end));
		end
	end);
	hook("muc-occupant-left", 10, function (event)
		local renamed = event.stanza ~= nil and event.stanza == changing.stanza;
		if not renamed or not rooms.moved(event.room, event.occupant, changing.occupant) then
			rooms.left(event.room, event.occupant);
		end
	end);
	-- Prosody takes away a room (at -1) whose only occupant is between two nicks, and leaves that one in it.
	hook("muc-occupant-left", -0.9, function (event)
		if event.stanza ~= nil and event.stanza == changing.stanza and not event.room:has_occupant() then
			return true;
		end
	end);
	hook("muc-broadcast-presence", -100, function (event)
		rooms.changed(event.room, event.occupant, event.stanza);
	end);
	hook("muc-room-destroyed", 10, function (event)
		rooms.closed(event.room.jid);
	end);
	hook("muc-occupant-pre-join", 20, admission.admit(kind));
	if kind ~= "lobby" then
		hook("muc-occupant-pre-join", 7, moderation.grant(kind));
		hook("muc-occupant-pre-join", -1000, moderation.confirm(kind), moderation.deny_role);
		hook("muc-pre-set-affiliation", 100, moderation.may_affiliate(kind), moderation.deny_owner);
		hook("muc-pre-set-role", 100, moderation.may_set_role(kind), moderation.deny_moderator);
		hook("muc-set-affiliation", -100, apply.follow(kind));
	else
		hook("muc-room-pre-create", 100, admission.send_on);
	end
	if kind == "main" then
		hook("muc-occupant-pre-join", 9, admission.prepare);
		hook("muc-occupant-pre-join", 1, moderation.unnote);
	end
end

-- Hello ---------------------------------------------------------------------------------------------------------------

local function warnings()
	return neighbours.warnings {
		muc = options.muc, host = parent, component = module.host, handled = settings.handled;
		conflict = module:get_option_string("component_conflict_resolve");
		has = function (host, name)
			local there = prosody.hosts[host];
			return there ~= nil and there.modules[name] ~= nil;
		end;
		option = function (host, name) return module:context(host):get_option(name); end;
	};
end

local function fill_hello(hello)
	hello.attr.mode, hello.attr.policies = jmb.mode, text.digits(jmb.held.revision);
	hello.attr.software = text.clean("Prosody " .. tostring(prosody.version), 64);
	for _, place in ipairs { { options.muc, "main" }, { options.lobby, "lobby" }, { options.breakout, "breakout" } } do
		if rooms.muc_of(place[1]) then
			hello:tag("muc", { jid = place[1], kind = place[2] }):up();
		end
	end
	for _, warning in ipairs(warnings()) do
		hello:tag("warning", { code = warning.code }):text(warning.words):up();
	end
end

-- Life ----------------------------------------------------------------------------------------------------------------

local function catch_up()
	rooms.survey(kinds);
	apply.all();
end

local function set_mode(new)
	local before = jmb.mode;
	jmb.mode = new;
	if before == nil or before == new then
		return;
	end
	module:log("info", "jmb_mode is %s now, it was %s", new, before);
	if new ~= "enforce" then
		apply.let_all_in();
	end
	if new == "off" then
		rooms.close_all();
	else
		catch_up();
	end
	link.hello_again();
end

local function keep_events()
	local saved = link.save(false);
	shelf.put("events", saved.backlog[1] and saved or nil);
end

-- Of former boots only: what this one still holds is kept when it ends. Kept before, a crash would leave it there, and
-- the next boot would tell again, as news, what was told since.
local function keep_former()
	local backlog = link.save(true).backlog;
	shelf.put("events", backlog[1] and { backlog = backlog } or nil);
end

-- saved: what module.save() gave before a reload; nil at a start.
local function begin(saved)
	local mode = load_options();
	shelf.open { store = module:open_store(), log = module._log };
	link.open({
		text = text, stream = stream, muc = options.muc, limit = options.limit, hello = fill_hello, rooms = rooms;
		snapshots = snapshots, request = request, rarely = jmb.rarely, burst = collector.burst;
		heartbeat = math.max(1, module:get_option_number("jmb_heartbeat", 30) or 30), backlog_done = keep_former;
	}, saved and saved.link or shelf.get("events", "backlog"));
	identity.open(jmb);
	rooms.open({ text = text, identity = identity, report = jmb.report, milliseconds = link.milliseconds, options = options },
		saved and saved.rooms);
	speech.open(jmb);
	settings.open(jmb);
	admission.open(jmb);
	moderation.open(jmb);
	apply.open(jmb);
	commands.open(jmb);
	jmb.held = shelf.load() or jmb.held;
	set_mode(mode);
	if mode ~= "off" then
		catch_up();
	end
	module:log("info", "Boot %s, mode %s, policies %s", link.live.boot, mode, text.digits(jmb.held.revision));
	module:add_timer(1, function () -- when Prosody starts, the neighbours may come after us
		for _, warning in ipairs(warnings()) do
			module:log("warn", "%s: %s", warning.code, warning.words);
		end
	end);
end

-- Hooks on a host, now or when Prosody activates it: hosts come in any order.
local function reach(host)
	if prosody.hosts[host] and prosody.hosts[host].type == "local" then
		module:context(host):hook("pre-iq/host", guard("conference of " .. host, admission.answer_conference), 10);
	end
	if kinds[host] then
		watch(host, kinds[host]);
	end
	if host == options.muc then
		module:context(host):hook("iq/host", request.take, 1000);
	end
	if host == options.muc or host == module.host then
		for _, verb in ipairs { "policies", "say", "end" } do -- above mod_component, which would send them back
			module:context(host):hook("iq-set/host/" .. NS .. ":" .. verb, commands.answer, 10);
		end
	end
end

gate.open();
for host in pairs(prosody.hosts) do
	reach(host);
end
module:hook_global("host-activated", reach);

-- Prosody 13: a connection goes on in a new one, whose token Jitsi's mod_auth_token has looked at before (at 1).
module:hook_global("c2s-session-updated", guard("a session that goes on", function (event)
	rooms.identified(event.session, function (room, known, person)
		admission.joined(room, person);
		apply.to(known.main or known.address);
	end);
end), -10);

module:hook_global("config-reloaded", function ()
	set_mode(load_options());
end);

-- Below mod_c2s (-100), which ends the sessions, so that everybody has left; above mod_muc (-300). Prosody waits here for
-- the receipts, but not for long: what has none goes to storage.
module:hook_global("server-stopping", function ()
	if async.ready() then
		local wait, done = async.waiter();
		local over = false;
		local function once() -- who tells a waiter twice before it waits has it wait for ever
			if not over then
				over = true;
				done();
			end
		end
		link.when_idle(once);
		module:add_timer(2, once);
		wait();
	end
	link.close();
	keep_events();
end, -200);

function module.save()
	return { link = link.save(true), rooms = rooms.all };
end

function module.restore(saved)
	begin(saved.link and saved or nil);
end

function module.unload()
	link.close();
	collector.close();
	if not module.reloading then
		keep_events();
	end
end

if not module.reloading then
	begin(nil);
end
