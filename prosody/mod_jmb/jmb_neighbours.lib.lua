-- Neighbours and settings of the same Prosody that fight with the policies, each by name, with the mend. Pure: what there
-- is to see is asked of the functions handed over.

local vetoed = "the policies of mod_jmb are vetoed against it where they moderate, everywhere else it has its way: ";

-- where: main (the MUC of the conferences), host (the VirtualHost that it belongs to). unless: an option that makes it
-- harmless.
local neighbours = {
	{ module = "muc_allowners", where = "main", words = "makes everybody a moderator; " .. vetoed
		.. "take it out of modules_enabled" };
	{ module = "token_affiliation", where = "main", words = "sets affiliations from the token; " .. vetoed
		.. "take it out of modules_enabled" };
	{ module = "token_affiliation_legacy", where = "main", code = "token_affiliation", words = "sets affiliations from the "
		.. "token; " .. vetoed .. "take it out of modules_enabled" };
	{ module = "token_moderation", where = "main", words = "makes moderators by the token; " .. vetoed
		.. "take it out of modules_enabled" };
	{ module = "token_owner_party", where = "main", words = "turns everybody away, organisers of bookings too, until somebody "
		.. "is in whose token says owner, and ends rooms without one: take it out of modules_enabled" };
	{ module = "muc_wait_for_host", where = "main", unless = "wait_for_host_disable_auto_owners", code = "wait_for_host",
		words = "makes owners of all who have a token: set wait_for_host_disable_auto_owners = true, or take it out of "
		.. "modules_enabled; a booking whose guests wait for a moderator does its work" };
	{ module = "owner_restricted", where = "main", code = "ends-rooms", words = "ends rooms without an owner, also those of a "
		.. "booking whose moderators are late: take it out of modules_enabled" };
	{ module = "time_restricted", where = "main", code = "ends-rooms", words = "ends rooms by a clock of its own, whatever is "
		.. "booked: take it out of modules_enabled" };
	{ module = "per_room_time_restricted", where = "main", code = "ends-rooms", words = "ends rooms by a clock of its own, "
		.. "whatever is booked: take it out of modules_enabled" };
	{ module = "lobby_autostart", where = "main", words = "opens a lobby in every room, also where the booking has none: take "
		.. "it out of modules_enabled" };
	{ module = "lobby_autostart_on_owner", where = "main", code = "lobby_autostart", words = "opens a lobby in every room that "
		.. "has an owner, also where the booking has none: take it out of modules_enabled" };
	{ module = "token_lobby_autostart", where = "main", code = "lobby_autostart", words = "opens a lobby by the token, also "
		.. "where the booking has none: take it out of modules_enabled" };
	{ module = "visitors", where = "host", words = "lets people watch from other servers who are neither seen nor counted "
		.. "nor admitted here: take it out of modules_enabled" };
	{ module = "fmuc", where = "main", code = "visitors", words = "makes this server one for visitors, who are neither "
		.. "seen nor counted nor admitted here: take it out of modules_enabled" };
	{ module = "reservations", where = "host", words = "asks another system who may open a room, beside the policies: take "
		.. "it out of modules_enabled" };
};

-- What is wrong here, as a list of { code, words }. site: muc, host (names of hosts), component (ours),
-- has(host, module), option(host, name), handled(event), conflict (component_conflict_resolve).
local function warnings(site)
	local list = {};
	local function warn(code, words)
		list[#list + 1] = { code = code, words = words };
	end
	if not site.has(site.muc, "muc") then
		warn("no-muc", site.muc .. " is no MUC of this Prosody: set jmb_muc");
	end
	for _, one in ipairs(neighbours) do
		local host = one.where == "main" and site.muc or site.host;
		if site.has(host, one.module) and not (one.unless and site.option(host, one.unless) == true) then
			warn(one.code or one.module, ("mod_%s on %s %s"):format(one.module, host, one.words));
		end
	end
	if not site.handled("create-lobby-room") then
		warn("lobby", ("there is no lobby: guests cannot wait for a moderator, they are refused; booked lobbies stay open doors: "
			.. "add \"muc_lobby_rooms\" and \"persistent_lobby\" to modules_enabled of VirtualHost %q"):format(site.host));
	elseif not site.handled("create-persistent-lobby-room") then
		warn("persistent_lobby", ("mod_persistent_lobby is missing: a lobby ends when its room is empty, so nobody can wait "
			.. "there for the first moderator: add \"persistent_lobby\" to modules_enabled of VirtualHost %q"):format(site.host));
	end
	if site.conflict ~= "kick_old" then
		warn("conflict-resolve", ("set component_conflict_resolve = \"kick_old\" under Component %q: else a reconnection is "
			.. "refused while a dead connection lingers"):format(site.component));
	end
	return list;
end

return { warnings = warnings };
