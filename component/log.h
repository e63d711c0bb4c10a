/* The log: lines to stderr, with the <N> of sd-daemon(3) before each so that the journal knows the priority;
 * on a terminal without it. Priorities are those of <syslog.h>: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO.
 * Lower floors return errors, the component logs them. */
#ifndef COMPONENT_LOG_H
#define COMPONENT_LOG_H

#include <syslog.h>

/* One line; a newline or another control character within it is written as a space, so that nobody outside
 * can forge a line. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, at most once a minute for each `key` (compared as a string): for what others can cause as often
 * as they like. The next line says how many were left out. */
void log_rarely(const char *key, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
