"""Debian's Prosody without installing it, and a configuration of it laid out like Jitsi's, for jmbsite.py."""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from site_process import SiteError

TOP = pathlib.Path(__file__).resolve().parent.parent.parent

DOMAIN = "meet.jmb.test"
HOSTS = {
    "DOMAIN": DOMAIN,
    "GUEST_DOMAIN": "guest." + DOMAIN,
    "AUTH_DOMAIN": "auth." + DOMAIN,
    "FOCUS_DOMAIN": "focus." + DOMAIN,
    "MUC": "conference." + DOMAIN,
    "LOBBY": "lobby." + DOMAIN,
    "BREAKOUT": "breakout." + DOMAIN,
    "COMPONENT": "jmb." + DOMAIN,
}


def fetch_prosody():
    """The unpacked prosody package of this Debian, in build/prosody/ (downloaded by apt the first time)."""
    if os.environ.get("PROSODY_TREE"):  # another version, unpacked by hand
        return pathlib.Path(os.environ["PROSODY_TREE"])
    cache = TOP / "build" / "prosody"
    if (cache / "usr/bin/prosody").exists():
        return cache
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent, prefix="prosody-") as work:
        got = subprocess.run(["apt-get", "download", "-q", "prosody"], cwd=work, text=True, capture_output=True)
        packages = glob.glob(work + "/prosody_*.deb")
        if got.returncode or not packages:
            raise SiteError("apt-get download prosody failed (are the package lists there? apt-get update):\n"
                            + got.stdout + got.stderr)
        subprocess.run(["dpkg-deb", "-x", packages[0], work + "/tree"], check=True)
        try:
            os.rename(work + "/tree", cache)
        except OSError:  # another one was faster
            if not (cache / "usr/bin/prosody").exists():
                raise
    return cache


def install_prosody(directory):
    """Makes DIR/prosody/{prosody,prosodyctl} and what they load; uses the system's when there is one."""
    target = directory / "prosody"
    target.mkdir()
    if os.path.exists("/usr/bin/prosody"):
        for name in ("prosody", "prosodyctl"):
            (target / name).symlink_to("/usr/bin/" + name)
        return
    cache = fetch_prosody()
    shutil.copytree(cache / "usr/lib/prosody", target / "lib")
    for name in ("prosody", "prosodyctl"):
        script = (cache / "usr/bin" / name).read_text()
        for key, value in (("SOURCEDIR", target / "lib"), ("CONFIGDIR", directory),
                           ("PLUGINDIR", f"{target}/lib/modules/"), ("DATADIR", directory)):
            script, count = re.subn(rf"(?m)^CFG_{key}=.*$", f"CFG_{key}='{value}';", script)
            if count != 1:
                raise SiteError(f"{name} of this Prosody has no CFG_{key} at its top")
        (target / name).write_text(script)
        (target / name).chmod(0o755)


PROSODY_CONFIG = """\
-- Made by tests/daemon/site: a private site laid out like Jitsi's, with stand-ins where Debian has no Jitsi plugin.
data_path = "{data}"
certificates = "{data}"
pidfile = "{data}/prosody.pid"
plugin_paths = {{ "{plugins}" }}
log = {{ {{ levels = {{ min = "{log_level}" }}, to = "file", filename = "{log}" }} }}
admin_socket = "{data}/admin.sock"
daemonize = false

interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ }}
legacy_ssl_ports = {{ }}
http_ports = {{ {http} }}
https_ports = {{ }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}

modules_enabled = {{ "roster"; "saslauth"; "disco"; "posix"; "ping"; "version"; "admin_shell"; "bosh"; "websocket"; "smacks" }}
modules_disabled = {{ "s2s"; "s2s_auth_certs"; "tls"; "offline" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
consider_websocket_secure = true
cross_domain_bosh = true
cross_domain_websocket = true
smacks_max_unacked_stanzas = 5
smacks_hibernation_time = 60
smacks_max_old_sessions = 1
component_conflict_resolve = "kick_old"
http_default_host = "{DOMAIN}"
admins = {{ "focus@{AUTH_DOMAIN}" }}
muc_mapper_domain_base = "{DOMAIN}"
{extra_global}
VirtualHost "{DOMAIN}"
    authentication = "jmb_token"
    app_id = "{app_id}"
    app_secret = "{app_secret}"
    asap_accepted_issuers = {{ "{app_id}" }}
    asap_accepted_audiences = {{ "jitsi" }}
    modules_enabled = {{ "jmb_lobby"; "jmb_breakout" }}
    main_muc = "{MUC}"
    lobby_muc = "{LOBBY}"
    breakout_rooms_muc = "{BREAKOUT}"

VirtualHost "{GUEST_DOMAIN}"
    authentication = "anonymous"

VirtualHost "{AUTH_DOMAIN}"
    authentication = "internal_plain"

Component "{MUC}" "muc"
    storage = "memory"
    modules_enabled = {{ "jmb_token_room" }}
    restrict_room_creation = false
    muc_room_cache_size = 10000
    muc_room_locking = false
    muc_room_default_public_jids = true
    muc_tombstones = false

Component "{LOBBY}" "muc"
    storage = "memory"
    restrict_room_creation = true
    muc_room_cache_size = 10000
    muc_room_locking = false
    muc_room_default_public_jids = true
    muc_tombstones = false

Component "{BREAKOUT}" "muc"
    storage = "memory"
    restrict_room_creation = true
    muc_room_cache_size = 10000
    muc_room_locking = false
    muc_room_default_public_jids = true
    muc_tombstones = false

Component "{FOCUS_DOMAIN}"
    component_secret = "{focus_secret}"

Component "{COMPONENT}"
    component_secret = "{component_secret}"
{jmb}
{extra}"""

MOD_JMB_CONFIG = """\
    modules_enabled = {{ "jmb" }}
    jmb_muc = "{MUC}"
    jmb_lobby = "{LOBBY}"
    jmb_breakout = "{BREAKOUT}"
    jmb_mode = "enforce"
    jmb_default = "open"
"""


def read_lua(given):
    """An option is Lua text, or the name of a file with it."""
    return [pathlib.Path(item).read_text() if "\n" not in item and os.path.isfile(item) else item for item in given]
