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

-- Numbers an event and holds it. name: its element; attributes: as text.attributes() writes them, to which n is added.
function stream:add(name, attributes)
	self.last = self.last + 1;
	self.events[self.last] = ("<%s n='%d'%s/>"):format(name, self.last, attributes);
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

-- The oldest events that fit in one stanza, first to last, as a list; nil when there are none.
function stream:batch(max_events, max_bytes)
	local list, bytes = {}, 0;
	for n = self.first, self.last do
		local event = self.events[n];
		bytes = bytes + #event;
		if #list == max_events or (#list > 0 and bytes > max_bytes) then
			break;
		end
		list[#list + 1] = event;
	end
	return list[1] and list or nil;
end

return { new = new; restore = restore };
