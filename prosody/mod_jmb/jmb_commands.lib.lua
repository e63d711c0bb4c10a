-- What the component commands: policies, say, end. Each handler gets the verb's element and returns the payload of the
-- result, or nil, what is wrong in words, and the error's condition (bad-request when none is named).

local jid = require "util.jid";
local st = require "util.stanza";

local NS = "urn:jmb:rooms:1";

local jmb; -- what the parts share, from open()
local rooms, speech, policy, text; -- libraries
local commands = {};

local max_places = 250; -- in one say
local types = { ["bad-request"] = "modify", ["internal-server-error"] = "wait" };

-- An address of a room on a MUC host for which is(host) holds, prepared; or nil.
local function room_address(value, is)
	local address = jid.prep(value) or value and jid.prep(text.encoded(value)); -- 'my room' is my%20room
	if address and jid.node(address) and not jid.resource(address) and is(jid.host(address)) then
		return address;
	end
end

local function is_main(host)
	return host == jmb.options.muc;
end

local function is_ours(host)
	return jmb.kinds[host] ~= nil;
end

-- One child of policies, into the change. Returns what is wrong, or nil.
local function read_rule(change, element)
	if element.name == "policy" or element.name == "remove" then
		local address = room_address(element.attr.room, is_main);
		if not address then
			return ("%s: room='%s' is no room of %s"):format(element.name, element.attr.room or "", jmb.options.muc);
		end
		local rule, wrong = false, nil;
		if element.name == "policy" then
			rule, wrong = policy.read(element);
		end
		change.rooms[text.canonical(address)] = rule or false;
		return wrong and address .. ": " .. wrong;
	elseif element.name == "default" then
		local wrong;
		change.default, wrong = policy.read(element);
		return wrong;
	end
end

-- All or nothing: everything is read before anything is changed. The change: revision, replace, more, default, rooms (by
-- address: a policy, or false for none any more).
local function read_policies(verb)
	local action, revision = verb.attr.action, text.integer(verb.attr.revision);
	local held, update = jmb.held, action == "update";
	if action ~= "replace" and not update then
		return nil, "policies: action is neither replace nor update";
	elseif not revision or revision == 0 then
		return nil, "policies: revision is not a whole number above 0";
	elseif update and revision ~= held.revision and revision ~= held.revision + 1 then
		return nil, ("policies: %s are held, %s does not follow; send them with action='replace'")
			:format(text.digits(held.revision), text.digits(revision)), "conflict";
	end
	local change = {
		revision = revision, replace = not update, more = verb.attr.more == "true", default = update and held.default or nil;
		rooms = {};
	};
	for _, element in ipairs(verb.tags) do
		local wrong = read_rule(change, element);
		if wrong then
			return nil, wrong;
		end
	end
	return change;
end

function commands.policies(verb)
	local change, wrong, condition = read_policies(verb);
	if not change then
		return nil, wrong, condition;
	elseif not jmb.change(change) then
		return nil, "Prosody's storage does not take them", "internal-server-error";
	end
	return st.stanza("policies", { xmlns = NS, revision = text.digits(change.revision) });
end

-- The room and instance that say and end name: { key, address, room, known }, without room and known when the room, or
-- that instance of it, is not there (other: it is another instance). Or nil and what is wrong.
local function target(verb)
	local address = room_address(verb.attr.room, is_ours);
	if not address then
		return nil, ("%s: room='%s' is no room here"):format(verb.name, verb.attr.room or "");
	end
	local key = verb.attr.key;
	if not key or key == "" or #key > 128 then
		return nil, verb.name .. ": key is missing, empty or longer than 128 bytes";
	end
	local room, instance = rooms.get(address) or rooms.find(address), verb.attr.instance;
	address = room and room.jid or address;
	local known = room and rooms.all[address];
	if not known then
		return { key = key, address = address };
	elseif instance and instance ~= known.instance then
		return { key = key, address = address, other = true };
	end
	return { key = key, address = address, room = room, known = known };
end

-- Speaks to everybody in a room, and in its breakouts when it is a main room; returns how many that reached.
local function say_to_all(place, message)
	local reached = speech.broadcast(place.room, message);
	for _, breakout in ipairs(place.known.kind == "main" and rooms.breakouts_of(place.address) or {}) do
		local there = rooms.get(breakout);
		reached = reached + (there and speech.broadcast(there, message) or 0);
	end
	return reached;
end

-- What is said in several places: for each, in their order, how many heard it, or "repeated", "gone", "wrong".
local function say_in_all(places, name, body)
	local message, counts = speech.message(name, body), {};
	for i, place in ipairs(places) do
		if not place.room then
			counts[i] = place.address and "gone" or "wrong";
		elseif speech.said(place.known, place.key) then
			counts[i] = "repeated";
		else
			speech.remember(place.known, place.key);
			message.attr.id = "jmb-" .. place.key;
			counts[i] = text.digits(say_to_all(place, message));
		end
	end
	return counts;
end

-- The words in one place, to everybody or to one occupant.
local function say_here(verb, place, name, body)
	local to = verb.attr.to;
	if not place.room then
		return nil, place.address .. (place.other and " is another instance" or " is not there"), "item-not-found";
	end
	local result = st.stanza("say", { xmlns = NS, key = place.key, said = "0" });
	local occupant = to and place.room:get_occupant_by_nick(place.address .. "/" .. to);
	if speech.said(place.known, place.key) then
		result.attr.repeated = "true";
	elseif to and not occupant then
		return nil, to .. " is not in " .. place.address, "item-not-found";
	elseif to then
		speech.remember(place.known, place.key);
		speech.whisper(place.room, occupant, "jmb-" .. place.key, name, body);
		result.attr.said = "1";
	else
		result.attr.said = say_in_all({ place }, name, body)[1];
	end
	return result;
end

-- The places that say names in its children. One that makes no sense is no reason to be silent in the others.
local function places_of(verb)
	local places = {};
	for _, element in ipairs(verb.tags) do
		if element.name == "in" then
			local place, wrong = target(element);
			if not place then
				jmb.rarely("refused in", "warn", "a place of say is passed over: %s", wrong);
			end
			places[#places + 1] = place or {};
		end
	end
	return places;
end

function commands.say(verb)
	local one, wrong, places;
	if verb.attr.room then
		one, wrong = target(verb);
	else
		places = places_of(verb);
		wrong = (#places == 0 or #places > max_places) and ("say: no room is named, or more than %d are"):format(max_places);
	end
	if wrong then
		return nil, wrong;
	end
	local body, name = verb:get_child_text("body"), verb.attr.name or jmb.options.name;
	if not body or body == "" or #body > 16384 then
		return nil, "say: body is missing, empty or longer than 16384 bytes";
	elseif jmb.mode == "off" then
		return nil, "jmb_mode is off", "not-allowed";
	end
	if one then
		return say_here(verb, one, name, body);
	end
	jmb.burst();
	return st.stanza("say", { xmlns = NS, said = table.concat(say_in_all(places, name, body), " ") });
end

local function copy(value)
	if type(value) ~= "table" then
		return value;
	end
	local made = {};
	for k, v in pairs(value) do
		made[k] = copy(v);
	end
	return made;
end

-- This room's policy becomes: the same as before, but over for everybody, until the component sends another. A meeting that
-- was to go on is not over for that: it is closed, where there are words for it.
local function close_policy(main)
	local closed = copy((jmb.policy_of(main))); -- storage keeps no table twice
	local goes_on = closed.closes and jmb.time() < closed.closes and closed.refusals.closed;
	closed.admission, closed.reason = "closed", goes_on and "closed" or "over";
	return jmb.change {
		revision = jmb.held.revision, default = jmb.held.default, rooms = { [text.canonical(main)] = closed }, more = true;
		quiet = true;
	};
end

local function destroy(address, reason)
	local room = rooms.get(address);
	if not room then
		return 0;
	end
	room:set_persistent(false); -- else Prosody leaves a tombstone that keeps the address shut for a month
	return room:destroy(nil, reason) and 1 or 0;
end

commands["end"] = function (verb)
	local place, wrong = target(verb);
	if not place then
		return nil, wrong;
	elseif jmb.mode ~= "enforce" then
		return nil, "jmb_mode is " .. jmb.mode .. ": rooms are not ended", "not-allowed";
	end
	local result, ended = st.stanza("end", { xmlns = NS, key = verb.attr.key, ended = "0" }), 0;
	if place.other then
		return result; -- what was to be ended is gone, and somebody has opened the room again
	elseif is_main(jid.host(place.address)) and not close_policy(place.address) then
		return nil, "Prosody's storage does not take the policy", "internal-server-error";
	end
	local reason = verb:get_child_text("reason");
	for _, breakout in ipairs(rooms.breakouts_of(place.address)) do
		ended = ended + destroy(breakout, reason);
	end
	local room = rooms.get(place.address);
	if room and room._data.lobbyroom then
		destroy(room._data.lobbyroom, reason); -- who waits there sees the reason too
	end
	ended = ended + destroy(place.address, reason);
	result.attr.ended = text.digits(ended);
	return result;
end;

-- Only the component itself commands, over its own connection.
local function is_component(origin, stanza)
	return stanza.attr.from == module.host and origin.type == "component" and origin.host == module.host;
end

local function refuse_stranger(origin, stanza)
	jmb.rarely("stranger", "warn", "%s from %s is refused: it is not the component", stanza.tags[1].name, stanza.attr.from);
	origin.send(st.error_reply(stanza, "auth", "forbidden", "Only the component of mod_jmb may do this"));
	return true;
end

-- The hook that answers an iq set with one of the verbs.
function commands.answer(event)
	local origin, stanza = event.origin, event.stanza;
	if not is_component(origin, stanza) then
		return refuse_stranger(origin, stanza);
	end
	local verb = stanza.tags[1];
	local ok, result, wrong, condition = pcall(commands[verb.name], verb);
	if not ok then
		jmb.rarely("failed " .. verb.name, "error", "%s failed: %s", verb.name, result);
		result, wrong, condition = nil, "mod_jmb failed; Prosody's log says more", "internal-server-error";
	end
	if result then
		origin.send(st.reply(stanza):add_child(result));
		return true;
	end
	condition = condition or "bad-request";
	jmb.rarely("refused " .. verb.name, condition == "bad-request" and "warn" or "info", "%s is refused: %s", verb.name, wrong);
	origin.send(st.error_reply(stanza, types[condition] or "cancel", condition, wrong));
	return true;
end

-- shared: mode, held, change(), policy_of(), rarely(), kinds, options (live: they change), rooms, speech, policy, text
-- (libraries).
function commands.open(shared)
	jmb, rooms, speech = shared, shared.rooms, shared.speech;
	policy, text = shared.policy, shared.text;
end

return commands;
