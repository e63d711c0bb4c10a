/* How each Prosody is, and the loop itself, for the health page. */
#include "component/loop_parts.h"

static const char *const state_words[] = {[XMPP_CONNECTING] = "connecting",
                                          [XMPP_CONNECTED] = "connected",
                                          [XMPP_WAITING] = "waiting",
                                          [XMPP_REFUSED] = "refused"};

static json_t *prosody_health(const struct loop_prosody *prosody)
{
    struct rooms_status status;
    rooms_get_status(prosody->rooms, &status);
    json_t *warnings = json_array();
    for (size_t i = 0; i < status.warning_count; i++)
        json_array_append_new(warnings, json_string(status.warnings[i]));
    const char *state = prosody->xmpp ? state_words[xmpp_state(prosody->xmpp)] : "none";
    return json_pack("{s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "name", prosody->name,
                     "state", state, "connected", loop_is_connected(prosody), "ready", status.ready, "error",
                     prosody->xmpp ? xmpp_last_error(prosody->xmpp) : "", "mode", status.mode, "software",
                     status.software, "policies_revision", (json_int_t)status.revision, "policies",
                     (json_int_t)status.rooms, "refusals", (json_int_t)status.refusals, "clock_offset_ms",
                     (json_int_t)status.clock_offset_ms, "warnings", warnings);
}

void loop_health(json_t *into, void *context)
{
    const struct loop *loop = context;
    json_t *list = json_array();
    int connected = 0;
    for (size_t i = 0; i < loop->o.prosody_count; i++) {
        connected += loop_is_connected(&loop->prosody[i]);
        json_array_append_new(list, prosody_health(&loop->prosody[i]));
    }
    json_object_set_new(into, "prosody", list);
    json_object_set_new(into, "prosodys_connected", json_integer(connected));
    json_object_set_new(into, "turns", json_integer((json_int_t)loop->turn));
    json_object_set_new(into, "longest_turn_us", json_integer(loop->longest_us));
    json_object_set_new(into, "failed_commits", json_integer((json_int_t)loop->failed_commits));
}
