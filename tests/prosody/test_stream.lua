-- The numbered events of mod_jmb. Run from the top of the tree: lua5.4 tests/prosody/test_stream.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");
local stream = t.library("jmb_stream");

local function filled(count, limit)
	local s = stream.new("b007", limit or 50000);
	for i = 1, count do
		s:add("<joined n='" .. s:next() .. "' nick='n" .. i .. "'/>");
	end
	return s;
end

-- The oldest events that fit, as a list.
local function batch(s, max_events, max_bytes)
	local list = {};
	local count = s:batch(max_events, max_bytes, function (xml)
		list[#list + 1] = xml;
	end);
	t.equal(count, #list);
	return list;
end

local function numbers(list)
	local n = {};
	for _, event in ipairs(list or {}) do
		n[#n + 1] = event:match(" n='(%d+)'");
	end
	return table.concat(n, " ");
end

function t.stream__add__numbers_from_one_without_gaps()
	local s = filled(3);
	t.equal(numbers(batch(s, 200, 100000)), "1 2 3");
	t.equal(s.last, 3);
	t.equal(s:held(), 3);
end

function t.stream__acknowledge__drops_up_to_the_number()
	local s = filled(5);
	t.equal(s:acknowledge(3), true);
	t.equal(numbers(batch(s, 200, 100000)), "4 5");
	t.equal(s:acknowledge(2), true); -- an old receipt changes nothing
	t.equal(s:held(), 2);
	t.equal(s:acknowledge(5), true);
	t.equal(batch(s, 200, 100000), {});
end

function t.stream__acknowledge__of_a_number_never_sent_drops_nothing()
	local s = filled(5);
	t.equal(s:acknowledge(6), false);
	t.equal(s:held(), 5);
end

function t.stream__batch__holds_at_most_so_many_events_and_bytes()
	local s = filled(500);
	t.equal(#batch(s, 200, 1000000), 200);
	t.equal(#batch(s, 1, 1000000), 1);
	local small = batch(s, 200, 1000);
	local bytes = #table.concat(small);
	t.equal(bytes > 960 and bytes <= 1000, true);
end

function t.stream__batch__sends_one_that_is_too_long_by_itself()
	local s = stream.new("b007", 10);
	s:add("<joined n='1' name='" .. ("x"):rep(5000) .. "'/>");
	s:add("<joined n='2' name='y'/>");
	t.equal(numbers(batch(s, 200, 1000)), "1");
end

function t.stream__overflow__drops_the_oldest_and_knows_it()
	local s = filled(12, 10);
	t.equal(s:held(), 10);
	t.equal(s.first, 3);
	t.equal(s.lost, true);
	t.equal(numbers(batch(s, 2, 1000000)), "3 4");
end

function t.stream__save__comes_back_as_it_was()
	local s = filled(6);
	s:acknowledge(2);
	local back = stream.restore(s:save(), 50000);
	t.equal(back.boot, "b007");
	t.equal(numbers(batch(back, 200, 100000)), "3 4 5 6");
	t.equal(back:add("<left/>"), 7);
end

function t.stream__save__of_an_empty_one_keeps_the_number()
	local s = filled(6);
	s:acknowledge(6);
	local back = stream.restore(s:save(), 50000);
	t.equal(back:held(), 0);
	t.equal(back:add("<left/>"), 7);
end

function t.stream__restore__under_a_smaller_limit_overflows()
	local back = stream.restore(filled(20):save(), 5);
	t.equal(back:held(), 5);
	t.equal(back.lost, true);
end

function t.stream__blank__keeps_the_number_and_gives_up_the_words()
	local s = stream.new("b007", 10);
	s:add("<joined n='1' nick='a' t='1795406400123' name='b'/>");
	s:add("<left n='2' nick='a'/>");
	t.equal(s:blank(), "<joined n='1' nick='a' t='1795406400123' name='b'/>");
	t.equal(batch(s, 200, 100000), { "<lost n='1' t='1795406400123'/>", "<left n='2' nick='a'/>" });
	s:acknowledge(1);
	s:blank();
	t.equal(batch(s, 200, 100000), { "<lost n='2'/>" });
end

t.run();
