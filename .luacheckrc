-- Prosody's modules: Lua 5.2 to 5.4, with what Prosody gives them.
std = "lua52c"
max_line_length = 125
read_globals = { "prosody" }
globals = { "module" }
