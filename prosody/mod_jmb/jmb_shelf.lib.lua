-- Policies in Prosody's storage, a record a room, so that a change writes what has changed and not thousands of rooms. The
-- record 'policies' is the head: revision, default, and the epoch to which the records of rooms belong; a replacement
-- begins a new epoch, and what is left of older ones is taken out little by little. While more of it is to come the head
-- also names the epoch before it, whose records still count.

local sha256 = require "util.hashes".sha256;

local a_tick = 50; -- records taken out in one go

local store, log;
local shelf = { epoch = 0, before = nil, old = {}, clearing = false };

local function key_of(address)
	return "room-" .. sha256(address, true):sub(1, 40);
end

-- Puts data under that key (nil: takes it out). False, and logged, when it does not go.
local function put(key, data)
	local ran, ok, wrong = pcall(store.set, store, key, data);
	if not ran or not ok then
		log("error", "%s could not be kept in storage: %s", key, tostring(ran and wrong or ok));
		return false;
	end
	return true;
end
shelf.put = put;

-- What is under that key if it is a table with that part, else nil.
function shelf.get(key, part)
	local ran, data, wrong = pcall(store.get, store, key);
	if not ran or wrong then
		log("error", "%s could not be read from storage: %s", key, tostring(ran and wrong or data));
	end
	return ran and type(data) == "table" and data[part] ~= nil and data or nil;
end

local function clear_some()
	for _ = 1, a_tick do
		local key = table.remove(shelf.old);
		if not key then
			shelf.clearing = false;
			return;
		end
		local record = shelf.get(key, "epoch");
		if record and record.epoch < (shelf.before or shelf.epoch) then
			put(key, nil);
		end
	end
	return 0.05;
end

local function clear(keys)
	for _, key in ipairs(keys) do
		shelf.old[#shelf.old + 1] = key;
	end
	if not shelf.clearing and shelf.old[1] then
		shelf.clearing = true;
		module:add_timer(0.05, clear_some);
	end
end

local function keys()
	local list = {};
	local ran, wrong = pcall(function ()
		for key in store:users() do
			if key:sub(1, 5) == "room-" then
				list[#list + 1] = key;
			end
		end
	end);
	if not ran then
		log("error", "Policies could not be listed in storage: %s", wrong);
	end
	return list;
end

-- The policies as they were kept, or nil: revision, default, rooms by address; and old, while a replacement is under way.
function shelf.load()
	local head = shelf.get("policies", "epoch");
	if not head or type(head.revision) ~= "number" then
		return nil;
	end
	shelf.epoch, shelf.before = head.epoch, head.before;
	local held, old = { revision = head.revision, default = head.default, rooms = {}, old = head.before and {} }, {};
	for _, key in ipairs(keys()) do
		local record = shelf.get(key, "rule");
		if record and record.epoch == head.epoch then
			held.rooms[record.room] = record.rule;
		elseif record and held.old and record.epoch >= head.before then
			held.old[record.room] = record.rule;
		else
			old[#old + 1] = key;
		end
	end
	clear(old);
	return held;
end

-- Keeps a change: revision, default, rooms (by address: a policy, or false for none any more), replace (nothing else
-- holds any more), more (of a replacement is to come). held: what holds so far, rooms and old, by address. False when
-- storage does not take it: what was kept before then still counts.
function shelf.keep(change, held)
	local epoch = change.replace and shelf.epoch + 1 or shelf.epoch;
	local before = change.more and (shelf.before or change.replace and shelf.epoch) or nil;
	for address, rule in pairs(change.rooms) do
		if not put(key_of(address), rule and { room = address, epoch = epoch, rule = rule } or nil) then
			return false;
		end
	end
	if not put("policies", { revision = change.revision, default = change.default, epoch = epoch, before = before }) then
		return false;
	end
	local complete = not before and (change.replace or shelf.before);
	shelf.epoch, shelf.before = epoch, before;
	local old = {};
	for _, rooms in ipairs(complete and { held.rooms, held.old } or {}) do
		for address in pairs(rooms) do
			local stays = change.rooms[address] or not change.replace and held.rooms[address];
			old[#old + 1] = not stays and key_of(address) or nil;
		end
	end
	clear(old);
	return true;
end

-- given: store (keyval), log.
function shelf.open(given)
	store, log = given.store, given.log;
end

return shelf;
