-- Who is behind a session, an address or a presence: a machine or a person, and which.

local find, match, sub = string.find, string.match, string.sub;

local NICK = "http://jabber.org/protocol/nick";
local JIGASI = "http://jitsi.org/protocol/jigasi";
local max_text = 256;

local text, options;
local identity = {};

local asked = {}; -- the last question of is_machine(): it is asked several times a join

-- Focus, recorders, transcribers: by their own domains or their listed addresses, never by a nick, which anybody can take.
function identity.is_machine(address)
	if asked.address ~= address or asked.domains ~= options.machine_domains then
		local slash = find(address, "/", 1, true);
		local bare = slash and sub(address, 1, slash - 1) or address;
		asked.address, asked.domains = address, options.machine_domains; -- those are others after a reload of the configuration
		asked.answer = asked.domains:contains(match(bare, "@(.+)$") or bare) or options.machines:contains(bare);
	end
	return asked.answer;
end

-- Is this the presence of a call that Jigasi brings into the room? Who phones is a person, though the address may be that of
-- a machine: there Jigasi has one account for all calls.
function identity.is_call(presence)
	return presence ~= nil and presence:get_child("initiator", JIGASI) ~= nil;
end

-- Is it a machine that is about to join, and nobody's call?
function identity.is_machine_joining(event)
	return identity.is_machine(event.occupant.bare_jid) and not identity.is_call(event.stanza);
end

-- Has somebody checked the token that the address of this session's websocket or BOSH named? Jitsi's modules note it there
-- before they do, on every host, also where nobody ever does, as on that of guests. What it says is noted when it was found
-- good.
local function is_verified(session)
	return session.auth_token ~= nil and (session.jitsi_meet_room ~= nil or session.jitsi_meet_domain ~= nil);
end

-- Was this token signed by the one who brings it? Those of Matrix's widgets are, with a word that everybody knows
-- (auth_hybrid_matrix_token, auth_matrix_user_verification): Matrix vouches that they are somebody, and nobody for
-- the id and the name in it.
local function is_self_made(session)
	return session.public_key == "notused" or session.jitsi_meet_context_matrix ~= nil;
end

local function read_identity(session)
	local who, user = {}, session.jitsi_meet_context_user;
	if type(user) == "table" and is_verified(session) and not is_self_made(session) then
		who.user, who.user_name = text.clean(user.id, max_text), text.clean(user.name, max_text);
	end
	if session.username and options.account_domains:contains(session.host) then
		who.account = text.clean(session.username, max_text);
	end
	who.token = is_verified(session) or who.user ~= nil or who.account ~= nil;
	return who;
end

-- Who is it? From the session, thus from the token: user, user_name, token; on the hosts of jmb_account_domains the
-- account is the identity: account. Never from the presence.
-- It is noted in the session itself as long as nothing about it changes: a weak table by session, in which Lua's collector
-- has to look at all of them in one go, would hold a big site up.
function identity.of_session(session)
	if not session then
		return {};
	end
	local user = session.jitsi_meet_context_user;
	local id = type(user) == "table" and user.id or nil;
	local known = session.jmb_identity;
	if not known or known.from_id ~= id or known.from ~= user or known.from_token ~= session.auth_token
		or known.from_room ~= session.jitsi_meet_room or known.from_key ~= session.public_key
		or known.from_options ~= options.account_domains then
		known = read_identity(session);
		known.from, known.from_id, known.from_token, known.from_room = user, id, session.auth_token, session.jitsi_meet_room;
		known.from_options, known.from_key = options.account_domains, session.public_key;
		session.jmb_identity = known;
	end
	return known;
end

-- What a bare address alone says, whether anybody is there or not: the account, on the hosts of jmb_account_domains.
function identity.of_address(bare)
	local account, host = match(bare, "^(.+)@(.+)$");
	return { account = host and options.account_domains:contains(host) and text.clean(account, max_text) or nil };
end

-- The display name in a presence: the client's own word.
function identity.display_name(presence)
	return presence and text.clean(presence:get_child_text("nick", NICK), max_text);
end

-- given: text (library), options (machine_domains, machines, account_domains: live).
function identity.open(given)
	text, options = given.text, given.options;
end

return identity;
