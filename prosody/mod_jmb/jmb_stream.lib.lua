-- A stream of numbered events under one boot id, held until the component has stored them. Pure: no Prosody in here.

local stream = {};
stream.__index = stream;

-- What one event costs in a stanza: its attributes, their names, quotes, and some of them escaped.
local function cost(event)
	local size = 40;
	for name, value in pairs(event.attr) do
		size = size + #name + 4 + #value;
		if string.find(value, "[&<>\"']") then
			local _, escaped = string.gsub(value, "[&<>\"']", "");
			size = size + 5 * escaped;
		end
	end
	return size;
end

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

-- Plain tables and strings, for module:reload and for Prosody's storage.
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

-- Numbers an event and holds it. name: its element; attr: its attributes, strings, to which n is added.
function stream:add(name, attr)
	self.last = self.last + 1;
	attr.n = string.format("%d", self.last);
	self.events[self.last] = { name = name, attr = attr };
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

-- The component refuses the oldest event for good: its number stays, so that no gap is seen, what it said is given up.
function stream:blank()
	local event = self.events[self.first];
	self.events[self.first] = { name = "lost", attr = { n = event.attr.n, t = event.attr.t } };
	return event;
end

-- The oldest events that fit in one stanza, as a list; nil when there are none.
function stream:batch(max_events, max_bytes)
	local list, bytes = {}, 0;
	for n = self.first, self.last do
		local event = self.events[n];
		bytes = bytes + cost(event);
		if #list == max_events or (#list > 0 and bytes > max_bytes) then
			break;
		end
		list[#list + 1] = event;
	end
	return list[1] and list or nil;
end

return { new = new; restore = restore; cost = cost };
