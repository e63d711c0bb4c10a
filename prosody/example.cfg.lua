-- JMB beside Debian's jitsi-meet: put this into /etc/prosody/conf.d/jmb.cfg.lua with your domain instead of
-- meet.example, copy the folder mod_jmb into a folder of plugin_paths (Jitsi's own is
-- /usr/share/jitsi-meet/prosody-plugins/, which an upgrade of Jitsi may replace; better
-- plugin_paths = { "/usr/share/jitsi-meet/prosody-plugins/", "/usr/local/lib/prosody/modules/" }), and restart Prosody.
--
-- Prosody listens for components on port 5347 of the loopback interface, unless component_ports and
-- component_interfaces say otherwise. That connection is not encrypted: it should not leave the machine.

-- luacheck: ignore

Component "jmb.meet.example"
    -- The same word as in the file that [prosody NAME] secret_file of jmb.conf names.
    component_secret = "a long random word"

    -- A connection of jmbd that died without a word must not keep the new one out.
    component_conflict_resolve = "kick_old"

    modules_enabled = { "jmb" }

    -- The MUCs of this site, as in conf.avail/meet.example.cfg.lua. These are the defaults too.
    jmb_muc = "conference.meet.example"
    jmb_lobby = "lobby.meet.example"
    jmb_breakout = "breakout.meet.example"

    -- First "observe": nothing changes for anybody, and jmbd shows what it would have refused. Then "enforce".
    -- A reload of the configuration is enough.
    jmb_mode = "observe"

    -- Who may enter before jmbd ever said anything: "open", "signed-in", "closed".
    jmb_default = "open"

    -- Docker Jitsi (docker-jitsi-meet) names its hosts differently:
    --
    --     Component "jmb.meet.jitsi"
    --         jmb_muc = "muc.meet.jitsi"
    --         jmb_lobby = "lobby.meet.jitsi"
    --         jmb_breakout = "breakout.meet.jitsi"
    --         jmb_machine_domains = { "auth.meet.jitsi", "hidden.meet.jitsi", "recorder.meet.jitsi" }
