std = "lua52c"
max_line_length = 125
read_globals = { "prosody" }
globals = { "module" }
