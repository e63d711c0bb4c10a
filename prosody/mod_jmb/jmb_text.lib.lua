-- Text on its way into an XML stream, and values on their way out of one. Pure: no Prosody in here.

local byte, find, gsub, sub = string.byte, string.find, string.gsub, string.sub;

-- Is every byte part of a well-formed UTF-8 sequence (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF)?
local function is_utf8(s)
	if not find(s, "[\128-\255]") then
		return true;
	end
	local i, len = 1, #s;
	while i <= len do
		local b = byte(s, i);
		local more, low, high = 0, 128, 191;
		if b >= 194 and b <= 223 then
			more = 1;
		elseif b >= 224 and b <= 239 then
			more = 2;
			if b == 224 then low = 160; elseif b == 237 then high = 159; end
		elseif b >= 240 and b <= 244 then
			more = 3;
			if b == 240 then low = 144; elseif b == 244 then high = 143; end
		elseif b >= 128 then
			return false;
		end
		for k = 1, more do
			local c = byte(s, i + k);
			if not c or c < low or c > high then
				return false;
			end
			low, high = 128, 191;
		end
		i = i + more + 1;
	end
	return true;
end

-- Makes text safe for an attribute of ours, or nil when nothing is left of it: what XML 1.0 forbids goes (one such
-- byte ends the component's stream), and at most max bytes stay, cut between two characters. A client wrote it.
local function clean(s, max)
	if type(s) == "number" then
		s = tostring(s);
	end
	if type(s) ~= "string" then
		return nil;
	elseif #s <= max and not find(s, "[%z\1-\31\127-\255]") and not find(s, "^ ") and not find(s, " $") then
		return s ~= "" and s or nil; -- nearly always
	end
	s = sub(s, 1, max + 4);
	while not is_utf8(s) and #s > max do
		s = sub(s, 1, -2); -- the cut above may have gone through a character
	end
	if not is_utf8(s) then
		s = gsub(s, "[\128-\255]", "?");
	end
	s = gsub(s, "[%z\1-\31\127]", " ");
	s = gsub(s, "\239\191[\190\191]", "");
	if #s > max then
		local cut = max;
		while cut > 0 and byte(s, cut + 1) >= 128 and byte(s, cut + 1) < 192 do
			cut = cut - 1;
		end
		s = sub(s, 1, cut);
	end
	s = gsub(gsub(s, "^ +", ""), " +$", "");
	return s ~= "" and s or nil;
end

-- A whole number written in decimal digits, or nil. Nothing above 2^53, which a Lua 5.1 number could not hold.
local function integer(s)
	if type(s) ~= "string" or #s > 16 or not find(s, "^%d+$") then
		return nil;
	end
	local n = tonumber(s);
	return n <= 9007199254740992 and n or nil;
end

local whole = _VERSION >= "Lua 5.3" and "%d" or "%.0f"; -- twice as fast where there are integers of 64 bits

-- A whole number as tostring() prints it badly in some Luas: 1795406400123, never 1.795406400123e+12 nor ...123.0.
local function digits(n)
	return string.format(whole, n);
end

-- Hexadecimal digits of a string of bytes.
local function hex(bytes)
	return (gsub(bytes, ".", function (c)
		return string.format("%02x", byte(c));
	end));
end

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["'"] = "&apos;", ['"'] = "&quot;" };

local function escape(value)
	return find(value, "[&<>'\"]") and gsub(value, "[&<>'\"]", entities) or value;
end

local pieces = {}; -- of the element at hand: made once, for every join comes through here

-- An element's start tag with these attributes, clean values, and what ends it: <name a='b' c='d'/>. head: attributes
-- before them that are written already, or nil.
local function element(tag, attr, ending, head)
	local n = 3;
	pieces[1], pieces[2], pieces[3] = "<", tag, head or "";
	for name, value in pairs(attr) do
		pieces[n + 1], pieces[n + 2], pieces[n + 3], pieces[n + 4], pieces[n + 5] = " ", name, "='", escape(value), "'";
		n = n + 5;
	end
	pieces[n + 1] = ending;
	return table.concat(pieces, "", 1, n + 1);
end

-- A writer of XML text. It collects pieces and joins them once: Prosody's garbage collector goes through all that Prosody
-- holds for each little that is thrown away, so that a big site's snapshot costs most by its garbage. size: bytes so far.
local writer = {};
writer.__index = writer;

function writer:add(piece)
	local n = self.n + 1;
	self.n, self[n], self.size = n, piece, self.size + #piece;
end

-- An attribute with a clean value; none when that is nil.
function writer:attribute(name, value)
	if value then
		value = escape(value);
		local n = self.n;
		self[n + 1], self[n + 2], self[n + 3], self[n + 4], self[n + 5] = " ", name, "='", value, "'";
		self.n, self.size = n + 5, self.size + #name + #value + 4;
	end
end

-- An element up to where its start tag would close: <name a='b'
function writer:open(name, attr)
	self:add(element(name, attr, ""));
end

-- Back to where it was: what n and size were then.
function writer:back(n, size)
	self.n, self.size = n, size;
end

-- Makes one piece of those behind the first n: a table of thousands of pieces is one large thing to throw away, which
-- makes one long step of the collector.
function writer:join(n)
	self[n + 1] = table.concat(self, "", n + 1, self.n);
	self.n = n + 1;
end

-- Empty again, to be used once more.
function writer:reset()
	self.n, self.size = 0, 0;
end

function writer:text()
	return table.concat(self, "", 1, self.n);
end

local function new_writer()
	return setmetatable({ n = 0, size = 0 }, writer);
end

-- Attributes with clean values, as element() takes them for its head: " a='b' c='d'"
local function attributes(attr)
	local out = new_writer();
	for name, value in pairs(attr) do
		out:attribute(name, value);
	end
	return out:text();
end

-- A JSON string for Jitsi's json-message. The web client unescapes HTML before it parses JSON, so the characters that
-- mean something there are written as \u escapes.
local function json_string(s)
	return '"' .. gsub(s, '[%z\1-\31"\\&%%<>]', function (c)
		return string.format("\\u%04x", byte(c));
	end) .. '"';
end

-- What JavaScript's encodeURIComponent leaves as it is (ECMA-262 19.2.6.4).
local plain = "[%w%-_.!~*'()]";

-- The room as people mean it, as key of policies: Jitsi's web client sends 'Réunion' as encodeURIComponent of its small
-- letters, made small again: r%c3%a9union. Only what that function encodes is decoded, so that two rooms stay two; what
-- would be no UTF-8 then, or a control character, stays encoded. The tenant, [tenant]room, belongs to it.
local function canonical(address)
	if not find(address, "[%%%u]") then
		return address; -- nearly always
	end
	local node, rest = address:match("^([^@]*)(@.*)$");
	if not node then
		return address;
	end
	node = node:lower();
	local decoded = gsub(node, "%%(%x%x)", function (pair)
		local b = tonumber(pair, 16);
		return b >= 32 and b ~= 127 and not find(string.char(b), plain) and string.char(b) or nil;
	end);
	return (is_utf8(decoded) and decoded or node) .. rest;
end

-- The address under which the web client enters that room: what encodeURIComponent encodes, encoded, in small letters.
local function encoded(address)
	local node, rest = address:match("^([^@]*)(@.*)$");
	if not node then
		return address;
	end
	return gsub(node, "[^%w%-_.!~*'()%%%[%]]", function (c)
		return string.format("%%%02x", byte(c));
	end) .. rest;
end

-- Tenants, as Jitsi's mod_muc_domain_mapper has it: between clients and Prosody's edge a room of a tenant is
-- room@conference.TENANT.meet.example, inside it is [TENANT]room@conference.meet.example. muc: conference.meet.example.
local function inside(address, muc)
	local node, host = address:match("^([^@]+)@([^/]+)$");
	local prefix, base = muc:match("^([^.]+)%.(.+)$");
	if not node or not prefix or host == muc then
		return address;
	end
	local tail = "." .. base;
	local tenant = sub(host, 1, #prefix + 1) == prefix .. "." and sub(host, -#tail) == tail
		and sub(host, #prefix + 2, -#tail - 1);
	return tenant and find(tenant, "^[^.]+$") and "[" .. tenant .. "]" .. node .. "@" .. muc or address;
end

local function outside(address, muc)
	local tenant, node, host = address:match("^%[([^%]]+)%]([^@]+)@(.+)$");
	local prefix, base = muc:match("^([^.]+)%.(.+)$");
	return tenant and prefix and host == muc and node .. "@" .. prefix .. "." .. tenant .. "." .. base or address;
end

return {
	canonical = canonical; encoded = encoded; inside = inside; outside = outside;
	is_utf8 = is_utf8; clean = clean; integer = integer; digits = digits; hex = hex;
	element = element; attributes = attributes; new_writer = new_writer; json_string = json_string;
};
