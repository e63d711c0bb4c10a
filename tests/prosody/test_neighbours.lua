-- What mod_jmb warns of. Run from the top of the tree: lua5.4 tests/prosody/test_neighbours.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");
local neighbours = t.library("jmb_neighbours");

-- The codes of the warnings about a Prosody with these modules ("host module"), options ("host option") and events.
local function codes(modules, options, events, conflict)
	local has = { ["conference.meet.example muc"] = true };
	for _, name in ipairs(modules or {}) do
		has[name] = true;
	end
	local handled = {};
	for _, name in ipairs(events or { "create-lobby-room", "create-persistent-lobby-room" }) do
		handled[name] = true;
	end
	local list, all = {}, neighbours.warnings {
		muc = "conference.meet.example", host = "meet.example", component = "jmb.meet.example", conflict = conflict or "kick_old";
		has = function (host, name) return has[host .. " " .. name] == true; end;
		option = function (host, name) return (options or {})[host .. " " .. name]; end;
		handled = function (event) return handled[event] == true; end;
	};
	for i, warning in ipairs(all) do
		list[i] = warning.code;
	end
	return list, all;
end

local function muc(name)
	return "conference.meet.example " .. name;
end

function t.neighbours__warnings__none_about_a_good_site()
	t.equal(codes {}, {});
	t.equal(codes { muc "muc_meeting_id", "meet.example muc_lobby_rooms" }, {});
end

function t.neighbours__warnings__each_by_name_with_the_mend()
	for module, code in pairs {
		[muc "muc_allowners"] = "muc_allowners", [muc "token_affiliation"] = "token_affiliation";
		[muc "token_moderation"] = "token_moderation", [muc "token_owner_party"] = "token_owner_party";
		[muc "muc_wait_for_host"] = "wait_for_host", ["meet.example visitors"] = "visitors", [muc "fmuc"] = "visitors";
		["meet.example reservations"] = "reservations", [muc "token_affiliation_legacy"] = "token_affiliation";
		[muc "owner_restricted"] = "ends-rooms", [muc "time_restricted"] = "ends-rooms";
		[muc "per_room_time_restricted"] = "ends-rooms", [muc "lobby_autostart"] = "lobby_autostart";
		[muc "lobby_autostart_on_owner"] = "lobby_autostart", [muc "token_lobby_autostart"] = "lobby_autostart";
	} do
		local list, all = codes { module };
		t.equal(list, { code });
		t.equal(all[1].words:find("mod_" .. module:match(" (.+)$"), 1, true), 1);
		t.equal(all[1].words:find("modules_enabled", 1, true) ~= nil, true);
	end
end

function t.neighbours__warnings__only_where_it_is_enabled()
	t.equal(codes { "meet.example muc_allowners", muc "reservations", "lobby.meet.example token_affiliation" }, {});
end

function t.neighbours__warnings__wait_for_host_is_fine_without_auto_owners()
	t.equal(codes({ muc "muc_wait_for_host" }, { [muc "wait_for_host_disable_auto_owners"] = true }), {});
end

function t.neighbours__warnings__of_a_missing_lobby()
	local list, all = codes({}, {}, {});
	t.equal(list, { "lobby" });
	t.equal(all[1].words:find("muc_lobby_rooms", 1, true) ~= nil, true);
	list, all = codes({}, {}, { "create-lobby-room" });
	t.equal(list, { "persistent_lobby" });
	local mend = 'add "persistent_lobby" to modules_enabled of VirtualHost "meet.example"';
	t.equal(all[1].words:find(mend, 1, true) ~= nil, true);
end

function t.neighbours__warnings__of_settings()
	t.equal(codes({}, {}, nil, "kick_new"), { "conflict-resolve" });
	local list = neighbours.warnings {
		muc = "muc.example", host = "example", component = "jmb.example", conflict = "kick_old";
		has = function () return false; end, option = function () end, handled = function () return true; end;
	};
	t.equal(list[1].code, "no-muc");
end

t.run();
