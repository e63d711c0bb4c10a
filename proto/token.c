/* Signing a JWT in the compact form is base64url and one HMAC (RFC 7515 3.1, 7519 3.1), done here with
 * jansson and libcrypto: libjwt took 12 of the 30 microseconds that a join may cost, this takes 3. The tests
 * read the tokens with libjwt. */
#include "proto/token.h"

#include "proto/mac.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BACKDATED = 60 };

/* The claims as JSON. NULL: no memory, or what is not UTF-8. */
static char *token_claims_json(const struct token_key *key, const struct token_claims *claims)
{
    json_t *user =
        json_pack("{s:s, s:s*, s:s}", "id", claims->user_id, "name", claims->user_name, "moderator",
                  claims->moderator ? "true" : "false"); /* strings only: Jitsi copies them into XML */
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:{s:o}}", "iss", key->app_id, "aud",
                             key->audience, "sub", key->subject, "room", claims->room, "iat",
                             (json_int_t)claims->now, "nbf", (json_int_t)claims->now - BACKDATED, "exp",
                             (json_int_t)claims->exp, "context", "user", user);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

int token_sign(struct text *text, const struct token_key *key, const struct token_claims *claims)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"HS256\"}";
    unsigned char mac[MAC_BYTES];
    char *json = token_claims_json(key, claims);
    struct text token = {0};
    if (json) {
        text_add_base64url(&token, header, sizeof header - 1);
        text_add_char(&token, '.');
        text_add_base64url(&token, json, strlen(json));
    }
    bool good = json && mac_sign(key->secret, key->secret_size, token.data, token.size, mac);
    if (good) {
        text_add_char(&token, '.');
        text_add_base64url(&token, mac, MAC_BYTES);
        text_add_bytes(text, token.data, token.size);
    }
    text_free(&token);
    free(json);
    return good ? 0 : -1;
}

/* Adds separator, name=, and a string as JSON in percent code, as config.js overwriting in Jitsi's fragment
 * has it. */
static void add_parameter(struct text *text, char *separator, const char *name, const char *value)
{
    json_t *string = value ? json_string(value) : NULL;
    char *json = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    if (json) {
        text_add_char(text, *separator);
        *separator = '&';
        text_add(text, name);
        text_add_char(text, '=');
        text_add_url(text, json);
    }
    free(json);
    json_decref(string);
}

void token_add_address(struct text *text, const char *base, const char *room, const char *token,
                       bool fragment, const char *display_name, const char *subject)
{
    char separator = '#';
    text_add(text, base);
    text_add_url(text, room);
    if (fragment) {
        add_parameter(text, &separator, "jwt", token);
    } else {
        text_add(text, "?jwt=");
        text_add(text, token); /* base64url and dots */
    }
    add_parameter(text, &separator, "userInfo.displayName", display_name);
    add_parameter(text, &separator, "config.localSubject", subject);
}
