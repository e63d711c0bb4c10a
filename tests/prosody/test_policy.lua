-- What policies decide. Run from the top of the tree: lua5.4 tests/prosody/test_policy.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");
local policy = t.library("jmb_policy");
policy.init(t.library("jmb_text"));
local element = t.element;

local function read(attr, ...)
	attr.admission = attr.admission or "open";
	return policy.read(element("policy", attr, ...));
end

local function booked(more)
	local attr = { admission = "booked", opens = "1000", guests = "1100", closes = "2000" };
	for name, value in pairs(more or {}) do
		attr[name] = value;
	end
	return assert(read(attr, element("moderator", { user = "boss" })));
end

local boss, guest, stranger = { user = "boss", token = true }, { user = "g1", token = true }, {};

function t.policy__read__takes_all_of_it()
	local p = assert(policy.read(element("policy", {
		admission = "booked", moderation = "strict", opens = "1", guests = "2", closes = "3", maximum = "4";
		language = "fr", meeting = "m", subject = "s", lobby = "true", wait = "true", password = "p";
	}, "\n  ", element("moderator", { user = "u1" }), element("moderator", { user = "u2" }),
		element("refusal", { reason = "early", lang = "fr" }, "Pas ", "encore."))));
	t.equal(p.moderators, { u1 = true, u2 = true });
	t.equal({ p.opens, p.guests, p.closes, p.maximum }, { 1, 2, 3, 4 });
	t.equal(p.refusals.early.fr, "Pas encore.");
	t.equal({ p.lobby, p.wait, p.subject, p.password }, { true, true, "s", "p" });
end

function t.policy__read__an_empty_subject_or_password_is_none()
	local p = read({ subject = "", password = "", lobby = "false", wait = "no" });
	t.equal({ p.subject, p.password, p.lobby, p.wait }, {});
end

function t.policy__read__takes_accounts()
	local p = assert(read({}, element("moderator", { account = "alice" })));
	t.equal(policy.moderates(p, { account = "alice" }), true);
	t.equal(policy.moderates(p, { user = "alice" }), false);
	t.equal(policy.moderates(p, { account = "bob" }), false);
end

function t.policy__read__leaves_moderation_alone_by_default()
	t.equal(read({}).moderation, "none");
end

function t.policy__read__passes_over_what_it_does_not_know()
	local p = assert(read({ novelty = "7" }, element("novelty", {}), element("refusal", { reason = "new" }, "x")));
	t.equal(p.refusals.new.en, "x");
end

local function refused(words, attr, ...)
	local p, wrong = policy.read(element("policy", attr, ...));
	t.equal(p, nil);
	t.equal(wrong:find(words, 1, true) ~= nil or wrong, true);
end

function t.policy__read__says_what_is_wrong()
	refused("admission is missing", {});
	refused("admission='maybe' is not one of booked, closed, open, owner, signed-in", { admission = "maybe" });
	refused("moderation='lax'", { admission = "open", moderation = "lax" });
	refused("opens='soon' is not a whole number", { admission = "booked", opens = "soon" });
	refused("maximum='-1'", { admission = "open", maximum = "-1" });
	refused("user is missing", { admission = "open" }, element("moderator", {}));
	refused("user is missing", { admission = "open" }, element("moderator", { user = "" }));
	refused("reason is missing", { admission = "open" }, element("refusal", {}, "x"));
	refused("longer than 4096", { admission = "open" }, element("refusal", { reason = "full" }, ("x"):rep(4097)));
end

function t.policy__read__has_a_limit_of_moderators()
	local many = {};
	for i = 1, 1001 do
		many[i] = element("moderator", { user = "u" .. i });
	end
	refused("at most 1000 moderators", { admission = "open" }, table.unpack(many));
end

function t.policy__decide__open_lets_everybody_in()
	local p = read({});
	t.equal(policy.decide(p, stranger, 5, { people = 1000, own = true }), nil);
end

function t.policy__decide__booked_opens_for_moderators_then_guests_then_nobody()
	local p = booked();
	for _, case in ipairs {
		{ 999, "early", "early" }, { 1000, nil, "early-guest" }, { 1099, nil, "early-guest" }, { 1100, nil, nil };
		{ 1999, nil, nil }, { 2000, "over", "over" };
	} do
		t.equal(policy.decide(p, boss, case[1], { people = 0, own = true }), case[2]);
		t.equal(policy.decide(p, guest, case[1], { people = 0, own = true }), case[3]);
		t.equal(policy.decide(p, stranger, case[1], { people = 0, own = true }), case[3]);
	end
end

function t.policy__decide__booked_without_bounds_is_open()
	t.equal(policy.decide(read({ admission = "booked" }), stranger, 5, { people = 0, own = true }), nil);
end

function t.policy__decide__closed_says_why()
	t.equal(policy.decide(read({ admission = "closed" }), boss, 5, { people = 0, own = true }), "closed");
	t.equal(policy.decide(read({ admission = "closed" }), boss, 5, { people = 0, own = false }), "unbooked");
	local cancelled = read({ admission = "closed", reason = "cancelled" });
	t.equal(policy.decide(cancelled, boss, 5, { people = 0, own = true }), "cancelled");
end

function t.policy__decide__signed_in_wants_a_token()
	local p = read({ admission = "signed-in" });
	t.equal(policy.decide(p, stranger, 5, { people = 0, own = true }), "sign-in");
	t.equal(policy.decide(p, guest, 5, { people = 0, own = true }), nil);
	t.equal(policy.decide(p, { token = true }, 5, { people = 0, own = true }), nil);
end

function t.policy__decide__a_full_room_still_takes_its_moderators()
	local p = booked { maximum = "2" };
	t.equal(policy.decide(p, guest, 1500, { people = 1, own = true }), nil);
	t.equal(policy.decide(p, guest, 1500, { people = 2, own = true }), "full");
	t.equal(policy.decide(p, boss, 1500, { people = 2, own = true }), nil);
	t.equal(policy.decide(p, guest, 1500, { people = -1, own = true }), nil); -- the lobby counts nobody
end

local function decided(p, who, now, hosted)
	return { policy.decide(p, who, now, { people = 0, own = true, hosted = hosted }) };
end

function t.policy__decide__guests_who_wait_do_so_from_the_opening_until_a_moderator_was_in()
	local p = booked { wait = "true" };
	t.equal(decided(p, guest, 999), { "early" });
	t.equal(decided(p, guest, 1000), { "early-guest", true });
	t.equal(decided(p, stranger, 1500), { "early-guest", true });
	t.equal(decided(p, guest, 1000, true), {});
	t.equal(decided(p, boss, 1000), {});
	t.equal(decided(p, guest, 2000, true), { "over" });
end

function t.policy__decide__a_personal_room_opens_for_its_owner()
	local p = assert(read({ admission = "owner" }, element("moderator", { user = "boss" })));
	t.equal(decided(p, guest, 5), { "owner-away" });
	t.equal(decided(p, boss, 5), {});
	t.equal(decided(p, guest, 5, true), {});
	p = assert(read({ admission = "owner", wait = "true" }, element("moderator", { user = "boss" })));
	t.equal(decided(p, stranger, 5), { "owner-away", true });
end

function t.policy__decide__nobody_without_identity_is_a_moderator()
	local p = booked();
	t.equal(policy.moderates(p, {}), false);
	t.equal(policy.moderates(p, { user = "Boss" }), false);
	t.equal(policy.moderates(p, { user = "boss" }), true);
end

function t.policy__before_any__is_what_the_administrator_chose()
	t.equal(policy.decide(policy.before_any("open"), stranger, 5, { people = 0, own = false }), nil);
	t.equal(policy.decide(policy.before_any("signed-in"), stranger, 5, { people = 0, own = false }), "sign-in");
	t.equal(policy.decide(policy.before_any("closed"), boss, 5, { people = 0, own = false }), "closed");
	t.equal(policy.before_any("open").moderation, "none");
end

function t.policy__refusal__is_in_the_language_of_person_room_or_english()
	local p = read({ language = "fr" }, element("refusal", { reason = "early", lang = "fr" }, "Trop tôt"),
		element("refusal", { reason = "early", lang = "en" }, "Too early"),
		element("refusal", { reason = "over", lang = "de" }, "Vorbei"));
	t.equal(policy.refusal(p, "early", "en-GB"), "Too early");
	t.equal(policy.refusal(p, "early", "EN"), "Too early");
	t.equal(policy.refusal(p, "early", nil), "Trop tôt");
	t.equal(policy.refusal(p, "early", "it"), "Trop tôt");
	t.equal(policy.refusal(p, "over", "en"), "Vorbei");
	t.equal(policy.refusal(p, "full", "fr"), "This room is full.");
	t.equal(policy.refusal(p, "a new one", nil), "This room is closed.");
end

function t.policy__refusal__without_a_language_is_in_the_rooms()
	local p = read({ language = "fr" }, element("refusal", { reason = "early" }, "Trop tôt"));
	t.equal(p.refusals.early.fr, "Trop tôt");
end

t.run();
