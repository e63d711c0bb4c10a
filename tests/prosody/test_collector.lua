-- Lua's collector in a burst of mod_jmb. Run from the top of the tree: lua5.4 tests/prosody/test_collector.lua

local t = dofile((arg[0]:match("^(.*)/") or ".") .. "/runner.lua");

local clock, timer = 1000, nil;
package.preload["util.time"] = function ()
	return { now = function () return clock; end };
end;
_G.module = { -- what Prosody gives to a module
	add_timer = function (_, delay, callback)
		timer = { at = clock + delay, callback = callback };
	end;
};
local collector = t.library("jmb_collector");

-- Time goes on, and the timer runs when it is due, as Prosody's does.
local function wait(seconds)
	clock = clock + seconds;
	while timer and timer.at <= clock do
		local again = timer.callback();
		timer = again and { at = timer.at + again, callback = timer.callback } or nil;
	end
end

local function set(pause, speed)
	collectgarbage("setpause", pause);
	collectgarbage("setstepmul", speed);
end

local function setting()
	local pause, speed = collectgarbage("setpause", 200), collectgarbage("setstepmul", 200);
	set(pause, speed);
	return pause .. " " .. speed;
end

function t.collector__burst__lua_s_own_setting_until_a_second_after()
	set(105, 500);
	local before = setting();
	collector.burst();
	t.equal(setting(), "200 100");
	wait(0.9);
	collector.burst();
	wait(0.9);
	t.equal(setting(), "200 100");
	wait(1.1);
	t.equal(setting(), before);
	t.equal(timer, nil);
end

function t.collector__burst__a_generous_server_stays_as_it_is()
	set(400, 400);
	local before = setting();
	collector.burst();
	t.equal(setting(), before);
	t.equal(timer, nil);
end

function t.collector__not_allowed__stays_as_it_is_and_what_was_eased_is_taken_back()
	set(105, 500);
	local before = setting();
	collector.burst();
	collector.allow(false);
	t.equal(setting(), before);
	collector.burst();
	t.equal(setting(), before);
	collector.allow(true);
	collector.burst();
	t.equal(setting(), "200 100");
	collector.close();
	t.equal(setting(), before);
	wait(5);
end

function t.collector__close__at_once_and_the_timer_does_nothing()
	set(105, 500);
	local before = setting();
	collector.burst();
	collector.close();
	t.equal(setting(), before);
	set(150, 300);
	before = setting();
	wait(5);
	t.equal(setting(), before);
	set(200, 100);
end

t.run();
