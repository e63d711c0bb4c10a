/* The token that lets a person into a Jitsi room: a JWT (RFC 7519) with the claims that mod_auth_token reads.
 * HS256. */
#ifndef PROTO_TOKEN_H
#define PROTO_TOKEN_H

#include "proto/text.h"

struct token_key {
    const char *app_id;   /* iss */
    const char *audience; /* aud */
    const char *subject;  /* sub: the XMPP domain, or "*" */
    const void *secret;
    size_t secret_size;
};

struct token_claims {
    const char *room;      /* the node of the room */
    const char *user_id;   /* context.user.id: an opaque reference (attendee.ref), never a mail address:
                              presence shows it to everybody */
    const char *user_name; /* context.user.name; NULL leaves it out (Jitsi takes no nulls) */
    bool moderator; /* context.user.moderator "true"/"false": a hint for the web client; rights hang on the
                       policies */
    int64_t now;    /* iat; nbf is this less 60 s, since Prosody allows no leeway */
    int64_t exp;
};

/* Adds the signed token. < 0: the library refused (no memory, no key). */
int token_sign(struct text *text, const struct token_key *key, const struct token_claims *claims);

/* Adds Jitsi's address of a room with a token:
 * BASE/ROOM?jwt=TOKEN#userInfo.displayName=...&config.localSubject=..., or #jwt= (fragment) so that it stays
 * out of logs. `base` ends with a slash; display_name and subject may be NULL. */
void token_add_address(struct text *text, const char *base, const char *room, const char *token,
                       bool fragment, const char *display_name, const char *subject);

#endif
