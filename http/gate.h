/* The gate that replies leave by; within the server only. A reply that is made is not sent at once: while a
 * handler queues nothing MHD asks it again in each run, and in one run for all of them the replies of a turn
 * leave one after the other. Whoever sleeps until a reply comes is woken by the send, which costs more than
 * the send itself, and among clients of one process only the first of them pays it; and most replies that
 * wait to be stored are spared being suspended and resumed.
 *
 * A reply comes to the gate (gate_keep). When something has to be stored before, it waits until its turn was
 * (http_committed) and what follows from that turn is in force (http_release). Then it leaves with the others
 * (gate_open), or, when the server closes, with the truth about what was stored (gate_end). */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "http/server.h"

/* The reply is made: it leaves in a later run of MHD, once nothing has to be stored before. */
enum MHD_Result gate_keep(struct request *request);
/* MHD asks again what comes of it. */
enum MHD_Result gate_pass(struct request *request);
/* The connection of one that waits has ended. */
void gate_forget(struct request *request);
/* There are replies that may leave. */
bool gate_has_made(const struct http *http);
/* Lets them leave together. */
void gate_open(struct http *http);
/* The server closes, and each reply may leave in the next run of MHD: those of a turn that was stored are
 * true whatever comes; the others will not be stored any more, and say so. */
void gate_end(struct http *http);

#endif
