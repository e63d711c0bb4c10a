-- Policies: read from a stanza, and what they decide. Pure: no Prosody in here beyond the shape of its stanzas
-- (name, attr, tags, and text as strings in between).

local text; -- jmb_text, handed over by init()

-- What a person is told when the policy brings no text of its own. Normally it does, in the room's language.
local english = {
	["early"] = "This meeting is not open yet.";
	["early-guest"] = "This meeting is not open to guests yet.";
	["over"] = "This meeting is over.";
	["closed"] = "This room is closed.";
	["cancelled"] = "This meeting was cancelled.";
	["unbooked"] = "This room is not booked.";
	["sign-in"] = "Please sign in to enter this room.";
	["full"] = "This room is full.";
};

local admissions = { ["open"] = true, ["booked"] = true, ["signed-in"] = true, ["closed"] = true };
local moderations = { ["none"] = true, ["strict"] = true, ["delegable"] = true };
local max_moderators, max_refusals = 1000, 64;

local function text_of(element)
	local parts = {};
	for _, child in ipairs(element) do
		if type(child) == "string" then
			parts[#parts + 1] = child;
		end
	end
	return table.concat(parts);
end

-- An attribute from a fixed list. Returns the value, or nil and what is wrong.
local function choice(element, name, allowed, default)
	local value = element.attr[name];
	if value == nil then
		value = default;
	end
	if value == nil then
		return nil, element.name .. ": " .. name .. " is missing";
	elseif not allowed[value] then
		local list = {};
		for v in pairs(allowed) do
			list[#list + 1] = v;
		end
		table.sort(list);
		return nil, ("%s: %s='%s' is not one of %s"):format(element.name, name, value, table.concat(list, ", "));
	end
	return value;
end

local function language_of(value)
	return value and value:match("^%a%a%a?") and #value <= 35 and value:lower() or nil;
end

local function read_children(policy, element)
	local moderators, refusals = 0, 0;
	for _, child in ipairs(element.tags) do
		if child.name == "moderator" then
			local user = child.attr.user;
			if not user or user == "" or #user > 256 then
				return nil, "moderator: user is missing or longer than 256 bytes";
			end
			moderators = moderators + 1;
			policy.moderators[user] = true;
		elseif child.name == "refusal" then
			local reason, words = child.attr.reason, text_of(child);
			if not reason then
				return nil, "refusal: reason is missing";
			elseif #words > 4096 then
				return nil, "refusal: a text is longer than 4096 bytes";
			end
			refusals = refusals + 1;
			policy.refusals[reason] = policy.refusals[reason] or {};
			policy.refusals[reason][language_of(child.attr.lang) or policy.language] = words;
		end
	end
	if moderators > max_moderators or refusals > max_refusals then
		return nil, ("%s: at most %d moderators and %d refusals"):format(element.name, max_moderators, max_refusals);
	end
	return policy;
end

-- Reads <default/> or <policy/>. Returns the policy (plain tables, strings, numbers and booleans, as Prosody's storage
-- keeps them), or nil and what is wrong.
local function read(element)
	local attr = element.attr;
	local admission, wrong = choice(element, "admission", admissions);
	if not admission then
		return nil, wrong;
	end
	local moderation;
	moderation, wrong = choice(element, "moderation", moderations, "none");
	if not moderation then
		return nil, wrong;
	end
	local policy = {
		admission = admission, moderation = moderation, moderators = {}, refusals = {};
		language = language_of(attr.language) or "en", meeting = attr.meeting, reason = attr.reason;
		subject = attr.subject, password = attr.password, lobby = attr.lobby == "true" or attr.lobby == "1" or nil;
	};
	for _, name in ipairs { "opens", "guests", "closes", "maximum" } do
		if attr[name] ~= nil then
			policy[name] = text.integer(attr[name]);
			if not policy[name] then
				return nil, ("%s: %s='%s' is not a whole number"):format(element.name, name, attr[name]);
			end
		end
	end
	return read_children(policy, element);
end

-- The policy before there ever were any: the administrator's jmb_default.
local function before_any(admission)
	return {
		admission = admissions[admission] and admission ~= "booked" and admission or "open", moderation = "none";
		moderators = {}, refusals = {}, language = "en", reason = admission == "closed" and "closed" or nil;
	};
end

local function moderates(policy, user)
	return user ~= nil and policy.moderators[user] == true;
end

local function decide_booked(policy, entitled, now)
	if policy.closes and now >= policy.closes then
		return "over";
	elseif policy.opens and now < policy.opens then
		return "early";
	elseif not entitled and policy.guests and now < policy.guests then
		return "early-guest";
	end
end

-- May this person come in? Returns nil for yes, or the reason for no.
-- who: user (the token's identity or nil), token (true when there is a valid one); people: how many are in the room
-- and its breakouts, without this one; own: whether the policy is this room's own and not the default.
local function decide(policy, who, now, people, own)
	local entitled = moderates(policy, who.user);
	local reason;
	if policy.admission == "closed" then
		reason = policy.reason or (own and "closed" or "unbooked");
	elseif policy.admission == "signed-in" then
		reason = not who.token and "sign-in" or nil;
	elseif policy.admission == "booked" then
		reason = decide_booked(policy, entitled, now);
	end
	if not reason and policy.maximum and not entitled and people >= policy.maximum then
		reason = "full"; -- the organiser of a full room still gets in
	end
	return reason;
end

-- The words for a refusal: in the person's language, in the room's, in English, in any, or our own.
local function refusal(policy, reason, lang)
	local words = policy.refusals[reason];
	if words then
		local short = lang and lang:lower():match("^%a+");
		local found = lang and words[lang:lower()] or short and words[short] or words[policy.language] or words.en;
		if found or next(words) then
			return found or words[next(words)];
		end
	end
	return english[reason] or english.closed;
end

return {
	init = function (jmb_text) text = jmb_text; end;
	read = read; before_any = before_any; moderates = moderates; decide = decide; refusal = refusal; text_of = text_of;
};
