-- What is said in rooms: to everybody or to one occupant, and each thing once in an instance of a room.

local st = require "util.stanza";

local max_keys = 500;

local text, identity;
local speech = {};

-- Was this key said in this instance before? The last max_keys of them are remembered.
function speech.said(known, key)
	return known.said[key] ~= nil;
end

function speech.remember(known, key)
	known.keys = known.keys + 1;
	known.said[key] = known.keys;
	if known.keys > max_keys then
		for old, n in pairs(known.said) do
			if n <= known.keys - max_keys then
				known.said[old] = nil;
			end
		end
	end
end

-- What speech.broadcast() says, in one room after the other: whoever does sets attr.id.
function speech.message(name, body)
	return st.message({ type = "groupchat" })
		:tag("body"):text(body):up()
		:tag("display-name", { xmlns = "http://jitsi.org/protocol/display-name" }):text(name):up();
end

-- Speaks as the room to everybody in it, but for machines (a recording should not show it). Returns how many it reached.
function speech.broadcast(room, message)
	local reached = 0;
	message.attr.from = room.jid;
	room:broadcast(message, function (_, occupant)
		if identity.is_machine(occupant.bare_jid) then
			return false;
		end
		reached = reached + 1;
		return true;
	end);
	return reached;
end

-- Speaks as the room to one occupant: a private chat message of Jitsi's system kind.
function speech.whisper(room, occupant, id, name, body)
	local json = ('{"type":"system_chat_message","displayName":%s,"message":%s}')
		:format(text.json_string(name), text.json_string(body));
	room:route_to_occupant(occupant, st.message({ from = room.jid, id = id })
		:tag("json-message", { xmlns = "http://jitsi.org/jitmeet" }):text(json):up());
end

-- given: text, identity (libraries).
function speech.open(given)
	text, identity = given.text, given.identity;
end

return speech;
