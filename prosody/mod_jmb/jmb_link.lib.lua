-- The line to the component: one request at a time (jmb_request), a hello, snapshot or events, each the next when the
-- receipt of the one before is there. While the component is away, or does not answer, the events wait in their stream.
--
-- mod_jmb hands over, by open(): text, stream, snapshots, request, rooms (the libraries), muc (the MUC host the iqs leave
-- from), limit (events held), heartbeat (seconds), hello (a function that fills attributes and children of a hello), rarely
-- (a function that logs), burst (a function: much is written now), backlog_done (a function: the streams of former boots
-- have changed).
-- States of the line: down (nobody there), then for each stream: unknown (say hello), then open.

local st = require "util.stanza";
local random_bytes = require "util.random".bytes;
local now = require "util.time".now;

local NS = "urn:jmb:rooms:1";
local version, least = 1, 1; -- of the protocol: the newest that we speak, and the oldest
local batch_events, batch_bytes = 200, 96 * 1024;
local longest_wait = 30; -- seconds
local gather, gather_many, many = 0.005, 0.025, 3; -- seconds between two batches of events, and after one of so many events
local rush_events, rush_time = 8, 0.2; -- so many within so many seconds are a burst

local text, stream, snapshots, request, setup;
local log = module._log;
local link = {
	up = false; -- the component is connected
	offset = 0; -- of the component's clock to ours, in seconds
	greeted = false; -- hello was answered for the stream at hand
	sent = 0; -- when events left last
	waiting = nil; -- the timer of a pause after an error
	pause = 0; -- its length in seconds, doubled at every error
	most = batch_events; -- events a stanza, fewer after one was refused
	snapshot = nil; -- the snapshot under way
	backlog = {}; -- streams of boots that are over
	live = nil; -- the stream of this boot
	closed = false; -- the module is unloaded or Prosody stops
};

local function milliseconds()
	return text.digits(math.floor(now() * 1000));
end

-- Is the component connected? mod_component knows. nil when it does not say.
local function connected()
	local component = prosody.hosts[module.host] and prosody.hosts[module.host].modules.component;
	if type(component) ~= "table" then
		return nil;
	end
	return component.connected;
end

local function at_hand()
	return link.backlog[1] or link.live;
end

local pump;

local function pump_soon(delay)
	if not link.soon and not link.closed then
		link.soon = module:add_timer(delay or 0, function ()
			link.soon = nil;
			pump();
		end);
	end
end

-- Something went wrong on the other side: a pause, then hello or the same again.
local function pause(again)
	link.pause = math.min(link.pause == 0 and 1 or link.pause * 2, longest_wait);
	if not again then
		link.greeted, link.snapshot = false, nil;
	end
	link.waiting = module:add_timer(link.pause, function ()
		link.waiting = nil;
		pump();
	end);
end

local function go_down()
	link.up, link.greeted, link.snapshot = false, false, nil;
	request.forget();
	if link.waiting then
		link.waiting:stop();
		link.waiting = nil;
	end
	link.pause = 0;
	if link.idle then
		link.idle();
	end
end

local function failed(what, kind, condition, words)
	if connected() == false then
		log("info", "The component of %s is away; its events are held", module.host);
		go_down();
		return;
	end
	setup.rarely("error", "warn", "%s was answered with an error: %s %s", what, condition, words or "");
	pause(what ~= "hello" and kind == "wait" and condition == "resource-constraint");
end

-- A batch was a bad request. One event in it must be the reason: smaller and smaller ones find it, and it is given up.
-- A pause before each next one: a component that refuses everything costs one event in 30 s, not all of them at once.
local function halve(current, sent)
	if sent > 1 then
		link.most = math.floor(sent / 2);
	else
		local kind = current:blank():match("^<(%S+)");
		setup.rarely("blank", "error", "Event %d (%s) was refused alone and is given up", current.first, kind);
	end
	pause(true);
end

-- The whole state at one moment, to be cut into stanzas, all with the number that they reflect. That moment is now, or, when
-- everything since the beginning is still held, the beginning: nothing, as of number 0, so that no event is passed over.
local function build_snapshot()
	setup.burst();
	local current = at_hand();
	local beginning = current.first == 1 and current:held() > 0;
	local over = current ~= link.live; -- of a boot that is over no room is left
	local rooms = (over or beginning) and {} or setup.rooms.show();
	return snapshots.new(rooms, beginning and 0 or current.last);
end

-- The component's clock said `theirs` between the moment `asked` and now: by how much it is another than ours, when that is
-- more than 2 s. Times in policies are the component's.
local function note_clock(theirs, asked)
	local heard = now();
	local ahead = theirs > heard and theirs - heard or theirs < asked and theirs - asked or 0;
	link.offset = math.abs(ahead) > 2 and ahead or 0;
end

local function say_hello()
	local current = at_hand();
	local hello = st.stanza("hello", {
		xmlns = NS, version = text.digits(version), least = text.digits(least), boot = current.boot, now = milliseconds();
		last = text.digits(current.last), held = text.digits(current:held());
		ended = current ~= link.live and "true" or nil;
	});
	setup.hello(hello);
	local asked = now();
	local out = request.begin();
	out:add(tostring(hello));
	request.send("hello", out, function (result)
		if result.name ~= "hello" or result.attr.xmlns ~= NS then
			error("it is no hello", 0);
		end
		local spoken = text.integer(result.attr.version);
		if not spoken or spoken < least or spoken > version then
			error(("it speaks version %s of the protocol, mod_jmb %d to %d"):format(result.attr.version or "?", least, version), 0);
		end
		note_clock((text.integer(result.attr.now) or 1000 * asked) / 1000, asked);
		link.version = spoken; -- from here on the older of the two decides what may be said
		local resume = text.integer(result.attr.resume);
		if not link.greeted then
			log("info", "The component answers: %s", resume and "resume after " .. resume or "send a snapshot");
		end
		link.greeted, current.lost = true, false;
		if result.attr.snapshot == "true" or not resume or resume < current.first - 1 or not current:acknowledge(resume) then
			link.snapshot = build_snapshot();
		elseif current:held() == 0 then
			link.pause = 0;
		end
	end);
end

-- Writes the next stanza of the snapshot under way: { out, from, after, is_last }, and the place in out where the rest of
-- the start tag belongs.
local function write_snapshot(snapshot)
	setup.burst();
	local out = request.begin();
	out:open("snapshot", { xmlns = NS, boot = at_hand().boot, last = text.digits(snapshot.last) });
	out:add("");
	local ending = out.n; -- of the start tag: to be told when it is known
	out:add(">");
	local after, is_last = snapshots.write(out, snapshot);
	out:add("</snapshot>");
	return { out = out, from = snapshot.next, after = after, is_last = is_last, ending = ending };
end

-- Sends the next stanza of the snapshot, and writes the one after it while the component reads that one.
local function send_snapshot()
	local snapshot, current = link.snapshot, at_hand();
	if snapshot.under_way then -- it was not taken: again, and what was written behind it is written over
		snapshot.next, snapshot.written = snapshot.under_way, nil;
	end
	local stanza = snapshot.written or write_snapshot(snapshot);
	stanza.out[stanza.ending] = (" now='%s'%s"):format(milliseconds(),
		stanza.is_last and (" done='true' count='%d'"):format(#snapshot.rooms) or "");
	snapshot.written, snapshot.under_way, snapshot.next = nil, stanza.from, stanza.after;
	request.send("snapshot", stanza.out, function ()
		link.pause, snapshot.under_way = 0, nil;
		if stanza.is_last then
			link.snapshot = nil;
			current:acknowledge(snapshot.last);
		end
	end);
	if not stanza.is_last then
		module:add_timer(0, function ()
			if link.snapshot == snapshot and request.busy and not snapshot.written then
				snapshot.written = write_snapshot(snapshot);
			end
		end);
	end
end

local batch = { out = nil, first = 0, sent = 0 }; -- the events under way: their writer, the first one's number, how many

local function add_event(xml)
	batch.out:add(xml);
end

local function events_stored(result)
	local last = text.integer(result.attr.last);
	if result.name ~= "events" or not last or not at_hand():acknowledge(last) then
		error("it names no number of ours", 0);
	elseif last < batch.first then
		error("nothing of it was stored", 0);
	end
	link.pause, link.most = 0, math.min(link.most * 2, batch_events);
end

local function events_refused()
	halve(at_hand(), batch.sent);
end

local rush = { since = 0, events = 0 }; -- how many happened since when

-- Do many come and go at the same time? The window goes on while there are not enough, but no longer than its time.
local function look_for_rush()
	local length = link.sent - rush.since;
	local fresh = length >= 0 and length < rush_time;
	if fresh and rush.events < rush_events then
		return;
	elseif fresh then
		setup.burst();
	end
	rush.since, rush.events = link.sent, 0;
end

local function send_events(current)
	look_for_rush();
	local out = request.begin(batch.out);
	batch.out, batch.first = out, current.first;
	out:add("<events xmlns='" .. NS .. "' boot='");
	out:add(current.boot);
	out:add("' now='");
	out:add(milliseconds());
	out:add("'>");
	batch.sent = current:batch(link.most, batch_bytes, add_event);
	out:add("</events>");
	request.send("events", out, events_stored, events_refused);
end

-- Does the next thing that is due, if nothing is under way.
function pump()
	if link.closed or not link.up or request.busy or link.waiting then
		return;
	end
	local current = at_hand();
	if not link.greeted or current.lost then
		link.snapshot = nil;
		say_hello();
	elseif link.snapshot then
		send_snapshot();
	elseif current:held() > 0 then
		local since = now() - link.sent;
		local enough = batch.sent >= many and gather_many or gather; -- where many come, a request costs more than an event
		if since >= enough or since < 0 then
			link.sent = now();
			send_events(current);
		else
			pump_soon(enough - since);
		end
	elseif current ~= link.live then
		table.remove(link.backlog, 1);
		setup.backlog_done();
		link.greeted = false;
		pump();
	elseif link.idle then
		link.idle();
	end
end

-- Events are small and each waits for the receipt of the one before: with Nagle's algorithm (Prosody's default) they
-- would wait for the acknowledgement of TCP too. Only this connection is told; a connection that cannot be stays as it is.
local function send_at_once()
	local session = request.component_session();
	local conn = session and session.conn;
	if conn and conn.setoption then
		pcall(conn.setoption, conn, "tcp-nodelay", true);
	end
end

local function go_up(session)
	go_down();
	link.up, request.session = true, session;
	send_at_once();
	pump();
end

-- Reports an event of this boot: an element with attributes, strings, to which n, and t where there is none, are added. It
-- leaves at once when nothing else is under way; but a room opens for somebody who is told in the same moment, and
-- snapshots are not built while something is half changed: those leave with the next turn. head: attributes that are written
-- already, or nil.
function link.report(name, attr, head)
	attr.t = attr.t or milliseconds();
	attr.n = text.digits(link.live:next());
	rush.events = rush.events + 1;
	link.live:add(text.element(name, attr, "/>", head));
	if name ~= "opened" and not request.busy and not link.snapshot and link.greeted and at_hand() == link.live then
		pump();
	else
		pump_soon();
	end
end

-- What survives a reload of the module, and (held events only) a stop of Prosody.
function link.save(all)
	local saved = { backlog = {} };
	for _, old in ipairs(link.backlog) do
		table.insert(saved.backlog, old:save());
	end
	if all then
		saved.live = link.live:save();
	elseif link.live:held() > 0 then
		table.insert(saved.backlog, link.live:save());
	end
	return saved;
end

-- Runs done as soon as everything is stored, or the component is away: at once when that is so already.
function link.when_idle(done)
	link.idle = done;
	if not link.up or (link.live:held() == 0 and not link.backlog[1]) then
		done();
	end
	pump();
end

-- Hello at once: something that it says has changed.
function link.hello_again()
	link.greeted = false;
	pump_soon();
end

-- The module ends. Its timers would hold all that it holds until they are due.
function link.close()
	link.closed = true;
	if link.heart then -- it was opened
		request.close();
		link.heart:stop();
	end
end

-- Is there no more room than what comes next from people in rooms may need?
function link.is_crowded()
	return link.live:held() > setup.limit / 2;
end

function link.milliseconds()
	return milliseconds();
end

-- The component's time in seconds, as far as we know.
function link.time()
	return math.floor(now() + link.offset);
end

-- options as above; saved: what save(true) gave, or { backlog = ... } of a Prosody that stopped, or nil.
function link.open(options, saved)
	setup, text, stream, snapshots, request = options, options.text, options.stream, options.snapshots, options.request;
	request.open {
		text = text, muc = options.muc, rarely = options.rarely, failed = failed, go_on = pump;
		unusable = function () pause(false); end;
	};
	saved = saved or {};
	for _, old in ipairs(saved.backlog or {}) do
		table.insert(link.backlog, stream.restore(old, options.limit));
	end
	link.live = saved.live and stream.restore(saved.live, options.limit)
		or stream.new(text.hex(random_bytes(8)), options.limit);
	module:hook("component-authenticated", function (event)
		go_up(event.session);
	end);
	module:hook("component-disconnected", function (event)
		if link.up and event.session == request.component_session() then -- not one who was refused at the door
			log("info", "The component of %s went away; its events are held", module.host);
			go_down();
		end
	end);
	link.heart = module:add_timer(options.heartbeat, function ()
		if link.closed then
			return;
		end
		local is = connected();
		if link.up and is == false then
			go_down();
		elseif not link.up and is then
			go_up(nil);
		elseif link.up and not request.busy and not link.waiting and link.greeted and not link.snapshot then
			say_hello();
		end
		return options.heartbeat;
	end);
	if connected() ~= false then
		module:add_timer(0, function ()
			if not link.up and not link.closed and connected() ~= false then
				go_up(nil);
			end
		end);
	end
end

return link;
