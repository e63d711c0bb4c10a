-- The pure parts of mod_jmb. Run from the top of the tree: lua5.4 tests/prosody/test_text.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");
local text = t.library("jmb_text");

function t.text__clean__keeps_what_is_fine()
	t.equal(text.clean("Zoë, 会議 🙂", 256), "Zoë, 会議 🙂");
	t.equal(text.clean(42, 256), "42");
end

function t.text__clean__takes_out_what_ends_a_stream()
	t.equal(text.clean("a\1b\0c\nd\127e", 256), "a b c d e");
	t.equal(text.clean("a\239\191\191b\239\191\190", 256), "ab");
end

function t.text__clean__makes_broken_utf8_readable()
	t.equal(text.clean("caf\233", 256), "caf?");
	t.equal(text.clean("\192\175", 256), "??"); -- an overlong slash
	t.equal(text.clean("\237\160\128", 256), "???"); -- a surrogate
end

function t.text__clean__cuts_between_characters()
	t.equal(text.clean("aé", 2), "a");
	t.equal(text.clean("aéé", 3), "aé");
	t.equal(text.clean(("🙂"):rep(100), 255), ("🙂"):rep(63));
	t.equal(#text.clean(("x"):rep(10000), 256), 256);
end

function t.text__clean__gives_nothing_for_nothing()
	t.equal(text.clean("", 256), nil);
	t.equal(text.clean(" \1 ", 256), nil);
	t.equal(text.clean(nil, 256), nil);
	t.equal(text.clean({}, 256), nil);
	t.equal(text.clean(true, 256), nil);
end

function t.text__is_utf8__knows_every_kind_of_break()
	for _, broken in ipairs {
		"\128", "\194", "\225\128", "\240\128\128\128", "\244\144\128\128", "\245\128\128\128", "\193\129";
	} do
		t.equal(text.is_utf8(broken), false);
	end
	for _, fine in ipairs { "", "a", "é", "€", "\244\143\191\191", "\237\159\191" } do
		t.equal(text.is_utf8(fine), true);
	end
end

function t.text__integer__takes_whole_numbers_only()
	t.equal(text.integer("0"), 0);
	t.equal(text.integer("1795406400123"), 1795406400123);
	for _, bad in ipairs { "", "-1", "1.5", "1e3", "0x10", " 1", "99999999999999999", "9007199254740993" } do
		t.equal(text.integer(bad), nil);
	end
	t.equal(text.integer(nil), nil);
end

function t.text__digits__never_uses_an_exponent()
	t.equal(text.digits(1795406400123.0), "1795406400123");
	t.equal(text.digits(100), "100");
	t.equal(text.digits(0), "0");
end

function t.text__hex__is_two_digits_a_byte()
	t.equal(text.hex("\0\255a"), "00ff61");
end

function t.text__element__has_its_attributes_escaped_behind_those_written_already()
	t.equal(text.element("left", { n = "7" }, "/>"), "<left n='7'/>");
	t.equal(text.element("left", {}, "/>", ""), "<left/>");
	t.equal(text.attributes({}), "");
	local head = text.attributes({ room = "d'é&<>\"" });
	t.equal(head, " room='d&apos;é&amp;&lt;&gt;&quot;'");
	t.equal(text.element("left", { nick = "a'b" }, ">", head), "<left room='d&apos;é&amp;&lt;&gt;&quot;' nick='a&apos;b'>");
end

function t.text__json_string__escapes_what_json_or_html_would_read()
	t.equal(text.json_string('a"b\\c&d%e<f>\n'), '"a\\u0022b\\u005cc\\u0026d\\u0025e\\u003cf\\u003e\\u000a"');
	t.equal(text.json_string("é"), '"é"');
end

function t.text__canonical__is_the_name_behind_the_clients_encoding()
	for address, wanted in pairs {
		["standup@c.example"] = "standup@c.example";
		["StandUp@c.example"] = "standup@c.example";
		["r%c3%a9union@c.example"] = "réunion@c.example";
		["R%C3%A9union@c.example"] = "réunion@c.example";
		["réunion@c.example"] = "réunion@c.example";
		["my%20room@c.example"] = "my room@c.example";
		["[tenant]r%c3%a9union@c.example"] = "[tenant]réunion@c.example";
		["%73tandup@c.example"] = "%73tandup@c.example"; -- no client encodes a letter: another room
		["a%c3@c.example"] = "a%c3@c.example"; -- would be no UTF-8
		["a%0ab@c.example"] = "a%0ab@c.example";
		["100%@c.example"] = "100%@c.example";
		["c.example"] = "c.example";
	} do
		t.equal(text.canonical(address), wanted);
	end
end

function t.text__encoded__is_what_the_client_enters()
	t.equal(text.encoded("réunion@c.example"), "r%c3%a9union@c.example");
	t.equal(text.encoded("[tenant]my room@c.example"), "[tenant]my%20room@c.example");
	t.equal(text.encoded("r%c3%a9union@c.example"), "r%c3%a9union@c.example");
end

function t.text__inside__and_outside_map_tenants_as_jitsi_does()
	local muc = "conference.meet.example";
	t.equal(text.inside("room@conference.tenant.meet.example", muc), "[tenant]room@" .. muc);
	t.equal(text.outside("[tenant]room@" .. muc, muc), "room@conference.tenant.meet.example");
	local others = { "room@" .. muc, "room@breakout.meet.example", "room@conference.a.b.meet.example", "conference.x", "" };
	for _, same in ipairs(others) do
		t.equal(text.inside(same, muc), same);
		t.equal(text.outside(same, muc), same);
	end
end

function t.text__writer__escapes_leaves_out_what_is_nil_and_goes_back()
	local out = text.new_writer();
	out:open("a", { x = "<b> & 'c' \"d\"" });
	out:attribute("none", nil);
	t.equal(out:text(), "<a x='&lt;b&gt; &amp; &apos;c&apos; &quot;d&quot;'");
	t.equal(out.size, #out:text());
	local n, size = out.n, out.size;
	out:attribute("more", "1");
	out:add("/>");
	out:back(n, size);
	out:add("/>");
	t.equal(out:text(), "<a x='&lt;b&gt; &amp; &apos;c&apos; &quot;d&quot;'/>");
	t.equal(out.size, #out:text());
	n = out.n;
	out:attribute("b", "2");
	out:join(n);
	t.equal(out.n, n + 1);
	out:add(">");
	t.equal(out:text(), "<a x='&lt;b&gt; &amp; &apos;c&apos; &quot;d&quot;'/> b='2'>");
	t.equal(out.size, #out:text());
end

t.run();
