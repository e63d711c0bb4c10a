-- A stream of numbered events under one boot id, held until the component has stored them. An event is held as the XML that
-- tells it: written once, when it happens. Pure: no Prosody in here.

local stream = {};
stream.__index = stream;

-- A new stream without events. limit: how many are held at most; the oldest give way.
local function new(boot, limit)
	return setmetatable({ boot = boot, limit = limit, first = 1, last = 0, events = {}, lost = false }, stream);
end

-- Goes on with what save() gave.
local function restore(saved, limit)
	local self = new(saved.boot, limit);
	self.first, self.last, self.lost = saved.first, saved.last, saved.lost or false;
	for i, event in ipairs(saved.events) do
		self.events[saved.first + i - 1] = event;
	end
	self:trim();
	return self;
end

-- A plain table of strings, for module:reload and for Prosody's storage.
function stream:save()
	local events = {};
	for n = self.first, self.last do
		events[#events + 1] = self.events[n];
	end
	return { boot = self.boot, first = self.first, last = self.last, lost = self.lost, events = events };
end

function stream:held()
	return self.last - self.first + 1;
end

function stream:trim()
	while self:held() > self.limit do
		self.events[self.first] = nil;
		self.first = self.first + 1;
		self.lost = true;
	end
end

-- The number of the next event.
function stream:next()
	return self.last + 1;
end

-- Holds an event. xml: its element, which names the number that next() gave.
function stream:add(xml)
	self.last = self.last + 1;
	self.events[self.last] = xml;
	self:trim();
	return self.last;
end

-- Everything up to n is stored: drops it. A number from a confused component drops nothing that was never sent.
function stream:acknowledge(n)
	if n > self.last then
		return false;
	end
	while self.first <= n do
		self.events[self.first] = nil;
		self.first = self.first + 1;
	end
	return true;
end

-- The component refuses the oldest event for good: its number and time stay, so that no gap is seen, what else it said is
-- given up and returned.
function stream:blank()
	local event = self.events[self.first];
	self.events[self.first] = ("<lost n='%d'%s/>"):format(self.first, event:match(" t='%d+'") or "");
	return event;
end

-- Gives the oldest events that fit in one stanza to see(xml), first to last. Returns how many there are.
function stream:batch(max_events, max_bytes, see)
	local count, bytes = 0, 0;
	for n = self.first, self.last do
		local event = self.events[n];
		bytes = bytes + #event;
		if count == max_events or (count > 0 and bytes > max_bytes) then
			break;
		end
		count = count + 1;
		see(event);
	end
	return count;
end

return { new = new; restore = restore };
