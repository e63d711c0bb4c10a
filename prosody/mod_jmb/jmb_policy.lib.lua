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
	["owner-away"] = "The owner of this room is not here yet.";
};

local admissions = { ["open"] = true, ["booked"] = true, ["owner"] = true, ["signed-in"] = true, ["closed"] = true };
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

local function truth(value)
	return value == "true" or value == "1" or nil;
end

local function language_of(value)
	return value and value:match("^%a%a%a?") and #value <= 35 and value:lower() or nil;
end

local function read_children(policy, element)
	local moderators, refusals = 0, 0;
	for _, child in ipairs(element.tags) do
		if child.name == "moderator" then
			local user, account = child.attr.user, child.attr.account;
			if (user or account or "") == "" or #(user or "") > 256 or #(account or "") > 256 then
				return nil, "moderator: user is missing or longer than 256 bytes";
			end
			moderators = moderators + 1;
			if user and user ~= "" then
				policy.moderators[user] = true;
			end
			if account and account ~= "" then
				policy.accounts[account] = true;
			end
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
		admission = admission, moderation = moderation, moderators = {}, accounts = {}, refusals = {};
		language = language_of(attr.language) or "en", meeting = attr.meeting, reason = attr.reason;
		subject = attr.subject ~= "" and attr.subject or nil, password = attr.password ~= "" and attr.password or nil;
		lobby = truth(attr.lobby), wait = truth(attr.wait);
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
		moderators = {}, accounts = {}, refusals = {}, language = "en", reason = admission == "closed" and "closed" or nil;
	};
end

-- Is this person one of those the policy lists? who: user (the token's identity), account (the local part, on hosts
-- where the account is the identity), each may be nil.
local function moderates(policy, who)
	return who.user ~= nil and policy.moderators[who.user] == true
		or who.account ~= nil and policy.accounts ~= nil and policy.accounts[who.account] == true;
end

-- Does this policy let in whoever comes, without a look at who it is?
local function lets_all_in(policy)
	return policy.admission == "open" and not policy.maximum and not policy.wait;
end

-- Does it list anybody?
local function lists_somebody(policy)
	return next(policy.moderators) ~= nil or policy.accounts ~= nil and next(policy.accounts) ~= nil;
end

local function decide_booked(policy, entitled, now)
	if policy.closes and now >= policy.closes then
		return "over";
	elseif policy.opens and now < policy.opens then
		return "early";
	elseif not entitled and not policy.wait and policy.guests and now < policy.guests then
		return "early-guest";
	end
end

-- What the clock and the token say; nil for nothing against it.
local function decide_admission(policy, who, entitled, now, own)
	if policy.admission == "closed" then
		return policy.reason or (own and "closed" or "unbooked");
	elseif policy.admission == "signed-in" then
		return not who.token and "sign-in" or nil;
	elseif policy.admission == "booked" then
		return decide_booked(policy, entitled, now);
	end
end

-- May this person come in? Returns nil for yes; or the reason for no, and true when waiting in a lobby mends it.
-- who: user, account (see above), token (true when there is a valid one); there: people (how many are in the room and
-- its breakouts, without this one), own (whether the policy is this room's own and not the default), hosted (whether one
-- of the listed moderators is or was in this instance of the room).
local function decide(policy, who, now, there)
	local entitled = moderates(policy, who);
	local reason = decide_admission(policy, who, entitled, now, there.own);
	if reason then
		return reason;
	elseif policy.maximum and not entitled and there.people >= policy.maximum then
		return "full"; -- the organiser of a full room still gets in
	elseif not entitled and not there.hosted and (policy.wait or policy.admission == "owner") then
		return policy.admission == "owner" and "owner-away" or "early-guest", policy.wait;
	end
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
	read = read; before_any = before_any; moderates = moderates; decide = decide; lets_all_in = lets_all_in;
	lists_somebody = lists_somebody; refusal = refusal; text_of = text_of;
};
