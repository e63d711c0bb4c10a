/* The store's verbs about letters: the table is the queue. A letter is a row written in the turn of its
 * cause, and rendered when it is sent. See store.h for results and lives. */
#ifndef SQL_STORE_LETTERS_H
#define SQL_STORE_LETTERS_H

#include "sql/store_meetings.h"
#include "sql/store_people.h"

enum letter_kind { LETTER_INVITATION, LETTER_CANCELLATION, LETTER_SIGN_IN };

struct letter {
    int64_t id;
    enum letter_kind kind;
    const char *to, *to_name; /* to_name may be NULL */
    const char *language;     /* of the reader: the person's, else the meeting's */
    const char *message_id;   /* stable: a retry is the same message */
    int attempts;
    int64_t created_at;
    int64_t meeting, attendee; /* 0: none */
    struct link_id sign_in;    /* of a sign-in letter */
};

/* Letters due at `now` that are neither sent nor dropped nor handed out (store_letter_* gives them back),
 * oldest first. Sign-in letters go first: somebody waits. */
int store_next_letters(struct store *store, int64_t now, int limit,
                       bool (*each)(const struct letter *letter, void *context), void *context);
/* Keeps a letter from being listed again until its result; in memory only: after a crash it is due again. */
void store_letter_handed_out(struct store *store, int64_t id);
/* The results of letters that were handed out; 0: it waited no more. When the turn is not stored, the letter
 * stays handed out, so that a full disk does not send it again and again: call it with the result again.
 *
 * Accepted by the relay. What the attendee was told is kept. */
int store_letter_sent(struct store *store, int64_t id, int64_t now);
/* Refused for now, in the server's words: due again at `again_at`. An invitation to a meeting that was
 * cancelled meanwhile is dropped. */
int store_letter_retry(struct store *store, int64_t id, const char *error, int64_t again_at);
/* Refused for good. */
int store_letter_failed(struct store *store, int64_t id, const char *error, int64_t now);
/* Not to be sent: no longer true, or nobody to tell. */
int store_letter_drop(struct store *store, int64_t id);

#endif
