/* What comes back to the address that our letters name: the answer of a calendar (RFC 5546 REPLY), a letter
 * that could not be delivered (RFC 3464), or a human's words. Read from a whole message; judged by whoever
 * knows the meeting. */
#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include "proto/arena.h"
#include "proto/model.h"

enum {
    REPLY_REFERENCES_MAX = 20,
    REPLY_WORDS_MOST = 8000,  /* bytes */
    REPLY_COMMENT_MOST = 1000 /* bytes */
};

enum mail_reply_kind {
    MAIL_ANSWER,   /* accepted, tentative or declined */
    MAIL_BOUNCE,   /* could not be delivered, and will not be */
    MAIL_WORDS,    /* for the organiser to read: a human's, another time proposed, somebody else sent */
    MAIL_AUTOMATIC /* for nobody: out of office, mailing lists, what is only delayed, loops */
};

/* What of a message could not be read here. */
enum reply_unread {
    REPLY_WHOLE,     /* nothing */
    REPLY_ENCRYPTED, /* all that was written (S/MIME, PGP) */
    REPLY_OUTLOOK    /* what Outlook put into winmail.dat, as it does for people whom it takes for Outlook's
                        (TNEF) */
};

struct mail_reply {
    enum mail_reply_kind kind;
    const char *from;      /* the mail address; NULL: none that can be read */
    const char *from_name; /* NULL: none */
    const char *reply_to;  /* where its sender wants answers, the first; NULL: none */
    /* Message-IDs without <>, which it answers or returns, the likeliest first. */
    size_t reference_count;
    const char *references[REPLY_REFERENCES_MAX];

    /* of an answer; uid and attendee of words too, when a calendar came with them */
    const char *uid;
    const char *attendee; /* whose; NULL: none that can be read */
    enum partstat partstat;
    const char *comment; /* NULL: none */
    int sequence;        /* of the event that was answered; -1: not told */
    int64_t stamp_at;    /* when, by their clock; 0: not told */
    bool automatic;      /* a program sent the answer on its own */

    const char *words;        /* as text, bounded; the server's for a bounce. Never NULL */
    enum reply_unread unread; /* of words: where an answer may be */
    const char *subject;      /* of the message, bounded. Never NULL */
    /* of words that came with a calendar */
    const char *delegate;      /* who comes in their place; NULL: nobody is named */
    int64_t proposed;          /* the other start that they propose, by a clock of... */
    const char *proposed_zone; /* ...this zone, as they call it; NULL: not told. 0: none is proposed */
};

/* What came back by mail and is handed on to the organiser, who is told in their language what a calendar
 * said in its own. */
struct forwarded {
    const char *words, *from;  /* what was written, and by whom */
    const char *said_by;       /* whose answer a calendar sent that is not counted; NULL: none */
    enum partstat said;        /* and which */
    enum reply_unread unread;  /* what else there was */
    bool guessed;              /* it does not say which meeting it is about */
    const char *delegate;      /* who shall come in their place; NULL: nobody */
    int64_t proposed;          /* another start, on the wall of the zone in seconds as if in UTC; 0: none */
    const char *proposed_zone; /* as they call it; NULL: it says none */
};

/* 'encrypted', 'outlook'; NULL for REPLY_WHOLE, which every other word is. */
const char *reply_unread_word(enum reply_unread unread);
enum reply_unread reply_unread_of(const char *word); /* NULL is fine */

/* Never fails; all memory is of the arena. */
void mail_reply_read(struct mail_reply *reply, struct arena *arena, const char *bytes, size_t size);

#endif
