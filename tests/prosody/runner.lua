-- A small runner: a test file fills the table with functions, then calls run(). The last line is 'N passed, N failed'.

local tests, names = {}, {};
local directory = (arg[0]:match("^(.*)/") or ".") .. "/../../prosody/mod_jmb/";

local function show(value)
	if type(value) == "string" then
		return ("%q"):format(value);
	elseif type(value) == "table" then
		local parts = {};
		for k, v in pairs(value) do
			parts[#parts + 1] = tostring(k) .. "=" .. show(v);
		end
		table.sort(parts);
		return "{" .. table.concat(parts, ", ") .. "}";
	end
	return tostring(value);
end

local function same(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then
		return a == b;
	end
	return show(a) == show(b);
end

local given = {
	-- One of mod_jmb's pure libraries.
	library = function (name)
		return dofile(directory .. name .. ".lib.lua");
	end;
	equal = function (got, wanted)
		if not same(got, wanted) then
			error(("got %s, wanted %s"):format(show(got), show(wanted)), 2);
		end
	end;
	-- An element as Prosody's stanzas have it: element(name, attributes, children and strings).
	element = function (name, attr, ...)
		local made = { name = name, attr = attr or {}, tags = {}, ... };
		for _, child in ipairs(made) do
			if type(child) == "table" then
				table.insert(made.tags, child);
			end
		end
		return made;
	end;
	run = function ()
		local passed, failed = 0, 0;
		for _, name in ipairs(names) do
			local ok, wrong = xpcall(tests[name], function (e) return tostring(e); end);
			print((ok and "ok      " or "FAILED  ") .. name .. (ok and "" or ": " .. wrong));
			passed, failed = passed + (ok and 1 or 0), failed + (ok and 0 or 1);
		end
		print(("%d passed, %d failed"):format(passed, failed));
		os.exit(failed == 0 and passed > 0);
	end;
};

return setmetatable({}, {
	__index = given;
	__newindex = function (_, name, test)
		assert(not tests[name], name .. " is there twice");
		names[#names + 1] = name;
		tests[name] = test;
	end;
});
