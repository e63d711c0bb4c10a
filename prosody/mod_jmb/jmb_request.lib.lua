-- A request to the component, an iq, and its answer: one at a time.
--
-- jmb_link hands over, by open(): text (the library), muc (the MUC host that the iqs leave from), rarely (a function that
-- logs), and what it does then: failed(what, kind, condition, words) after an error or no answer, unusable() after a result
-- that makes no sense, go_on() when an answer was taken.

local st = require "util.stanza";
local random_bytes = require "util.random".bytes;
local monotonic = require "util.time".monotonic;

local timeout = 60; -- seconds

local given; -- from open()
local name; -- of this loading of the module, in the ids of its requests
local opening; -- of each of them
local number = 0; -- so many were begun
local clock; -- a timer
local asked = {}; -- the one under way: id, what, done, bad, since; no id when there is none
local request = {
	busy = false; -- one waits for its result
	session = nil; -- the component's, when we saw it connect
	closed = false; -- the module is unloaded or Prosody stops
};

-- The component's session: the one that we saw connect, or the one that mod_component has.
local function component_session()
	local component = prosody.hosts[module.host] and prosody.hosts[module.host].modules.component;
	return request.session or type(component) == "table" and component.session or nil;
end
request.component_session = component_session;

-- Begins one, an iq set: what is to be its payload is written behind. out: a writer that has done its work before, or nil.
function request.begin(out)
	out = out or given.text.new_writer();
	out:reset();
	number = number + 1;
	out.id = ("jmb-%s-%d"):format(name, number);
	out:add(opening);
	out:add(out.id);
	out:add("'>");
	return out;
end

-- The request under way has its answer: a result, an error, or nil when there is none.
local function answered(reply)
	local what, done, bad = asked.what, asked.done, asked.bad;
	asked.id, request.busy = nil, false;
	if request.closed then
		return;
	elseif not reply then
		given.failed(what, "wait", "remote-server-timeout", "no answer");
		return;
	elseif reply.attr.type == "error" then
		local kind, condition, words = reply:get_error();
		if bad and condition == "bad-request" then
			given.rarely("refused", "warn", "%s was refused: %s", what, words or "no text");
			bad();
		else
			given.failed(what, kind, condition, words);
		end
		return;
	end
	local ok, wrong = pcall(done, reply.tags[1] or st.stanza("nothing"));
	if not ok then
		given.rarely("result", "error", "The result of %s could not be used: %s", what, wrong);
		given.unusable();
	end
	given.go_on();
end

-- Every iq to the MUC host comes through here: is it the answer?
function request.take(event)
	local attr, id = event.stanza.attr, asked.id;
	if id and attr.id == id and attr.from == module.host and (attr.type == "result" or attr.type == "error") then
		answered(event.stanza);
		return true;
	end
end

-- Runs for ever, and not once for each request: is the one under way too old?
local function look_at_the_clock()
	if request.closed then
		return;
	end
	local left = asked.id and asked.since + timeout - monotonic() or timeout;
	if left > 0 then
		return left;
	end
	answered(nil);
	return timeout;
end

-- Sends a request that begin() began; done(payload of the result) runs when it is there, bad() after a bad request.
-- Not by module:send_iq: its promise begins, like any timer, with the server's next tick. That costs a millisecond at
-- rest, and seconds when Prosody has so much to read that it comes to no tick. Nor by a hook and a timer of its own: those
-- would be most of what is thrown away for an event.
function request.send(what, out, done, bad)
	local session = component_session();
	asked.id, asked.what, asked.done, asked.bad, asked.since = out.id, what, done, bad, monotonic();
	request.busy = true;
	if session then
		out:add("</iq>");
		session.send(out:text());
	else
		answered(nil);
	end
end

-- The component is away: results that still come belong to the past.
function request.forget()
	request.session, request.busy, asked.id = nil, false, nil;
end

-- The module ends.
function request.close()
	request.closed = true;
	clock:stop();
end

function request.open(options)
	given = options;
	name = given.text.hex(random_bytes(4));
	opening = given.text.element("iq", { type = "set", from = given.muc, to = module.host }, " id='");
	clock = module:add_timer(timeout, look_at_the_clock);
end

return request;
