/* Telling systemd how we are (sd_notify(3) by hand: a datagram to $NOTIFY_SOCKET). Nothing happens when
 * nobody asked for it. */
#ifndef COMPONENT_NOTIFY_H
#define COMPONENT_NOTIFY_H

#include <stdint.h>

/* Sends lines of VARIABLE=value, say "READY=1". */
void notify_send(const char *state);
/* Microseconds within which systemd wants WATCHDOG=1; 0: it does not. */
uint64_t notify_watchdog(void);

#endif
