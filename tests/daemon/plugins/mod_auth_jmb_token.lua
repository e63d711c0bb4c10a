-- Stand-in for Jitsi's mod_auth_token, for JMB's tests and demo only: never for a real site.
--
-- Jitsi's own token plugin is not in Debian. This one was written for JMB after looking at what the stock one does
-- (jitsi-meet, resources/prosody-plugins: mod_auth_token, token/util), and keeps to what others can see of it:
-- the token comes as ?token= in the websocket or BOSH URL, the client authenticates with SASL ANONYMOUS, gets a random
-- user name, and the session carries auth_token and the jitsi_meet_* fields.
-- Beyond the stock one it takes the token as the password of SASL PLAIN over TCP (the user name is ignored), so that
-- any XMPP library can join. Only HS256, by Prosody's own util.jwt.
--
-- Options of the VirtualHost, named as the stock ones:
--   app_id, app_secret, asap_accepted_issuers = { app_id }, asap_accepted_audiences = { "*" }

local errors_to_log = module:get_option_boolean("jmb_token_log_refusals", true);
local formdecode = require "util.http".formdecode;
local generate_id = require "util.id".medium;
local jwt = require "util.jwt";

local app_id = assert(module:get_option_string("app_id"), "app_id is missing");
local app_secret = assert(module:get_option_string("app_secret"), "app_secret is missing");
local issuers = module:get_option_array("asap_accepted_issuers", { app_id });
local audiences = module:get_option_array("asap_accepted_audiences", { "*" });

local longest_token = 8192;

-- The parameters of the URL, for every session that has one, as the stock mod_jitsi_session and mod_auth_token keep them.
local function read_url(event)
	local session, query = event.session, event.request.url.query;
	local params = query and formdecode(query);
	session.jmb_has_url = true; -- ANONYMOUS is offered, PLAIN is not
	if type(params) ~= "table" then return; end
	session.auth_token = params.token;
	session.jitsi_web_query_room = params.room;
	session.jitsi_web_query_prefix = params.prefix or "";
end

module:hook_global("websocket-session", read_url);
module:hook_global("bosh-session", read_url);

local function accepts(list, claim)
	for _, accepted in ipairs(list) do
		if accepted == "*" and claim ~= nil then return true; end
		if type(claim) == "string" and claim == accepted then return true; end
		if type(claim) == "table" then -- an audience may be a list
			for _, one in ipairs(claim) do
				if one == accepted then return true; end
			end
		end
	end
	return false;
end

-- The stock code hands context.user to other plugins as it is, and they count on strings: a null or a nested object breaks
-- them. Refused here, so that a wrong token shows in the tests.
local function flat(object)
	if type(object) ~= "table" then return false; end
	for key, value in pairs(object) do
		local kind = type(value);
		if type(key) ~= "string" or (kind ~= "string" and kind ~= "boolean") then return false; end
	end
	return true;
end

local function check(token)
	if type(token) ~= "string" or token == "" then return nil, "token required"; end
	if #token > longest_token then return nil, "token too long"; end
	local ran, ok, claims = pcall(jwt.verify, app_secret, token);
	if not ran then return nil, "token malformed"; end
	if not ok then return nil, tostring(claims); end
	if type(claims) ~= "table" then return nil, "claims malformed"; end

	local now = os.time();
	if not accepts(issuers, claims.iss) then return nil, "iss not accepted"; end
	if not accepts(audiences, claims.aud) then return nil, "aud not accepted"; end
	if type(claims.exp) ~= "number" then return nil, "exp is not a number"; end
	if now >= claims.exp then return nil, "token expired"; end
	if claims.nbf ~= nil then -- no leeway at all, like the stock one
		if type(claims.nbf) ~= "number" then return nil, "nbf is not a number"; end
		if now < claims.nbf then return nil, "token not valid yet"; end
	end
	if type(claims.room) ~= "string" then return nil, "room claim is missing"; end
	if claims.context ~= nil then
		if type(claims.context) ~= "table" then return nil, "context is not an object"; end
		if claims.context.user ~= nil and not flat(claims.context.user) then
			return nil, "context.user has something else than strings";
		end
	end
	return claims;
end

local function fill(session, token, claims)
	local context = claims.context or {};
	session.auth_token = token;
	session.jitsi_meet_room = claims.room;
	session.jitsi_meet_domain = claims.sub;
	session.jitsi_meet_auth_issuer = claims.iss;
	session.jitsi_meet_str_tenant = context.tenant;
	session.jitsi_meet_context_user = context.user;
	session.jitsi_meet_context_group = context.group;
	session.jitsi_meet_context_features = context.features;
	session.jitsi_meet_context_room = context.room;
end

-- A SASL handler of our own: Prosody's ANONYMOUS cannot refuse, and the token is a matter of the session.
local handler = {};
handler.__index = handler;

local function new_handler(session)
	local mechanism = session.jmb_has_url and "ANONYMOUS" or "PLAIN";
	return setmetatable({ session = session, mechs = { [mechanism] = true }, realm = module.host }, handler);
end

function handler:clean_clone() return new_handler(self.session); end

function handler:mechanisms() return self.mechs; end

function handler:select(mechanism)
	if self.selected or not self.mechs[mechanism] then return; end
	self.selected = mechanism;
	return true;
end

function handler:process(message)
	local token = self.session.auth_token;
	if self.selected == "PLAIN" then
		token = type(message) == "string" and message:match("^%Z*%z%Z*%z(%Z+)$") or nil;
	end
	local claims, problem = check(token);
	if not claims then
		if errors_to_log then module:log("info", "Token refused: %s", problem); end
		return "failure", "not-allowed", problem;
	end
	fill(self.session, token, claims);
	self.username = generate_id():lower();
	return "success";
end

local provider = {};

function provider.get_sasl_handler(session) return new_handler(session); end
function provider.user_exists() return nil; end
function provider.get_password() return nil; end
function provider.test_password() return nil, "Tokens only"; end
function provider.set_password() return nil, "Tokens only"; end
function provider.create_user() return nil, "Tokens only"; end
function provider.delete_user() return nil, "Tokens only"; end

module:provides("auth", provider);
