/* Signing a JWT in the compact form is base64url and one HMAC (RFC 7515 3.1, 7519 3.1), done here with
 * libcrypto: libjwt took 12 of the 30 microseconds that a join may cost, trees of jansson 5. The tests read
 * the tokens with both. */
#include "proto/token.h"

#include "proto/mac.h"

#include <inttypes.h>
#include <string.h>

enum { BACKDATED = 60 };

static void add_claim(struct text *json, char before, const char *name, const char *value)
{
    text_add_char(json, before);
    text_add_json(json, name);
    text_add_char(json, ':');
    text_add_json(json, value);
}

static void add_claims(struct text *json, const struct token_key *key, const struct token_claims *claims)
{
    add_claim(json, '{', "iss", key->app_id);
    add_claim(json, ',', "aud", key->audience);
    add_claim(json, ',', "sub", key->subject);
    add_claim(json, ',', "room", claims->room);
    text_addf(json, ",\"iat\":%" PRId64 ",\"nbf\":%" PRId64 ",\"exp\":%" PRId64, claims->now,
              claims->now - BACKDATED, claims->exp);
    text_add(json, ",\"context\":{\"user\":"); /* strings only: Jitsi copies them into XML */
    add_claim(json, '{', "id", claims->user_id);
    if (claims->user_name)
        add_claim(json, ',', "name", claims->user_name);
    add_claim(json, ',', "moderator", claims->moderator ? "true" : "false");
    text_add(json, "}}}");
}

int token_sign(struct text *text, const struct token_key *key, const struct token_claims *claims)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"HS256\"}";
    unsigned char mac[MAC_BYTES];
    struct text json = {0};
    size_t start = text->size;
    add_claims(&json, key, claims);
    text_add_base64url(text, header, sizeof header - 1);
    text_add_char(text, '.');
    text_add_base64url(text, json.data, json.size);
    bool good = text_is_utf8(json.data, json.size) &&
                mac_sign(key->secret, key->secret_size, text->data + start, text->size - start, mac);
    text_free(&json);
    if (!good) {
        text->size = start;
        text->data[start] = 0;
        return -1;
    }
    text_add_char(text, '.');
    text_add_base64url(text, mac, MAC_BYTES);
    return 0;
}

/* Adds separator, name=, and a string as JSON in percent code, as config.js overwriting in Jitsi's fragment
 * has it. */
static void add_parameter(struct text *text, char *separator, const char *name, const char *value)
{
    struct text json = {0};
    if (!value || !text_is_utf8(value, strlen(value)))
        return;
    text_add_json(&json, value);
    text_add_char(text, *separator);
    *separator = '&';
    text_add(text, name);
    text_add_char(text, '=');
    text_add_url(text, text_string(&json));
    text_free(&json);
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
