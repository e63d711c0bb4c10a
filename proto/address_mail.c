/* One mail address: what is one, and its two faces (ASCII for machines, Unicode for people). */
#include "proto/address_parts.h"
#include "proto/addresses.h"
#include "proto/text.h"

#include <idn2.h>
#include <string.h>

enum { LOCAL_MOST = 64, MAIL_MOST = 254, LABEL_MOST = 63, TYPED_MOST = 1024 };

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* RFC 5322 3.2.3 dot-atom-text */
static bool is_dot_atom(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool dot = bytes[i] == '.';
        if (dot && (i == 0 || i + 1 == size || bytes[i - 1] == '.'))
            return false;
        if (!dot && !is_alphanumeric(bytes[i]) && (!bytes[i] || !strchr("!#$%&'*+-/=?^_`{|}~", bytes[i])))
            return false;
    }
    return size > 0;
}

/* Two labels or more of letters, digits and inner hyphens, the last not a number (RFC 3696 2). */
static bool is_domain(const char *domain)
{
    size_t labels = 0;
    bool letters = false;
    for (const char *at = domain;; at++) {
        size_t size = strcspn(at, ".");
        if (size == 0 || size > LABEL_MOST || at[0] == '-' || at[size - 1] == '-')
            return false;
        letters = false;
        for (size_t i = 0; i < size; i++) {
            if (!is_alphanumeric(at[i]) && at[i] != '-')
                return false;
            letters |= at[i] < '0' || at[i] > '9';
        }
        labels++;
        at += size;
        if (!*at)
            return labels > 1 && letters;
    }
}

/* The domain in its ASCII form (RFC 5891 5, with the mapping of UTS 46), or NULL. */
static const char *domain_to_ascii(struct arena *arena, const char *bytes, size_t size)
{
    char *domain = text_lower(arena_dup_bytes(arena, bytes, size));
    bool ascii = !strstr(domain, "xn--");
    for (const char *at = domain; *at; at++)
        ascii = ascii && (unsigned char)*at < 0x80;
    if (!ascii) {
        uint8_t *found = NULL;
        if (idn2_lookup_u8((const uint8_t *)domain, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
            return NULL;
        domain = arena_dup(arena, (const char *)found);
        idn2_free(found);
    }
    return is_domain(domain) ? domain : NULL;
}

/* How many bytes of punctuation a sentence puts behind a domain stand at its end. */
static size_t domain_tail(const char *bytes, size_t size)
{
    static const char *const marks[] = {"\xE2\x80\x99", "\xE2\x80\x98", "\xE2\x80\xA6", "\xE2\x80\xBA"};
    if (!size)
        return 0;
    unsigned char last = (unsigned char)bytes[size - 1];
    if (last < 0x80)
        return !is_alphanumeric((char)last);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size > 3 && memcmp(bytes + size - 3, marks[i], 3) == 0)
            return 3;
    return 0;
}

/* Behind what people and programs put before an address: To:a@b, mailto:a@b, <a@b, 'a@b', [a@b]. */
static const char *behind_prefix(const char *from, const char *at)
{
    for (const char *before = at; before > from; before--)
        if (before[-1] == ':')
            from = before;
    while (from < at && strchr("<[{('\"` ", *from))
        from++;
    return from;
}

const char *address_mail(struct arena *arena, const char *bytes, size_t size)
{
    const char *at = memchr(bytes, '@', size);
    if (!at || size > TYPED_MOST || memmem(bytes, size, "://", 3))
        return NULL;
    size -= (size_t)(behind_prefix(bytes, at) - bytes);
    bytes = behind_prefix(bytes, at);
    const char *query = memchr(at, '?', size - (size_t)(at - bytes)); /* mailto:a@b?subject=... */
    if (query)
        size = (size_t)(query - bytes);
    for (size_t tail; (tail = domain_tail(at + 1, size - (size_t)(at + 1 - bytes)));)
        size -= tail;
    size_t local = (size_t)(at - bytes);
    if (local > LOCAL_MOST || !is_dot_atom(bytes, local) || strncmp(bytes, "=?", 2) == 0)
        return NULL; /* =? begins an encoded word, not an address */
    const char *domain = domain_to_ascii(arena, at + 1, size - local - 1);
    if (!domain || local + 1 + strlen(domain) > MAIL_MOST)
        return NULL;
    return arena_printf(arena, "%.*s@%s", (int)local, bytes, domain);
}

const char *address_show(struct arena *arena, const char *mail)
{
    const char *at = strrchr(mail, '@');
    char *unicode = NULL;
    if (!at || !strstr(at, "xn--") || idn2_to_unicode_8z8z(at + 1, &unicode, 0) != IDN2_OK)
        return mail;
    const char *shown = arena_printf(arena, "%.*s@%s", (int)(at - mail), mail, unicode);
    idn2_free(unicode);
    return shown;
}

/* Gmail's address as it reads it itself; false: it is none. */
static bool read_gmail(char local[LOCAL_MOST + 1], const char *mail)
{
    const char *at = strrchr(mail, '@');
    size_t size = 0;
    if (!at || at - mail > LOCAL_MOST ||
        (strcasecmp(at, "@gmail.com") != 0 && strcasecmp(at, "@googlemail.com") != 0))
        return false;
    for (; mail < at && *mail != '+'; mail++)
        if (*mail != '.')
            local[size++] = *mail;
    local[size] = 0;
    return size;
}

bool address_is_of(const char *writer, const char *mail)
{
    char local[LOCAL_MOST + 1], other[LOCAL_MOST + 1];
    if (strcasecmp(writer, mail) == 0)
        return true;
    if (read_gmail(local, writer) && read_gmail(other, mail))
        return strcasecmp(local, other) == 0;
    const char *at = strrchr(writer, '@'), *tag = strchr(mail, '+'), *domain = strrchr(mail, '@');
    return at && tag && domain && tag < domain && tag - mail == at - writer &&
           strncasecmp(writer, mail, (size_t)(at - writer)) == 0 && strcasecmp(at, domain) == 0;
}
