#include "sql/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* getrandom(2) gives up to 256 bytes at once, and once the kernel's pool is seeded it does not fail. */
static void random_bytes(void *bytes, size_t size)
{
    ssize_t got;
    do
        got = getrandom(bytes, size, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)size) {
        fprintf(stderr, "<2>store: no random bytes from the kernel; ending\n");
        abort();
    }
}

void random_ref(char ref[REF_SIZE + 1])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char bytes[REF_SIZE];
    random_bytes(bytes, sizeof bytes);
    for (int i = 0; i < REF_SIZE; i++)
        ref[i] = digits[bytes[i] & 31];
    ref[REF_SIZE] = 0;
}

enum { KINDS = 16 * 5 /* of syllables */, NUMBERS = 90, SYLLABLES_MAX = 9, SLUG_MAX = 22 };

/* Words of three syllables and a number: kesato-lomiru-27. */
static void add_words(char *room, size_t size, int syllables)
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";
    uint64_t names = NUMBERS, draw;
    for (int i = 0; i < syllables; i++)
        names *= KINDS;
    do
        random_bytes(&draw, sizeof draw);
    while (draw >= UINT64_MAX / names * names); /* each name as likely as any other */
    draw %= names;
    for (int i = 0; i < syllables; i++, draw /= KINDS) {
        room[size++] = consonants[draw % 16];
        room[size++] = vowels[draw % KINDS / 16];
        if (i % 3 == 2)
            room[size++] = '-';
    }
    snprintf(room + size, ROOM_NAME_SIZE - size, "%d", 10 + (int)draw);
}

/* Nine syllables and a number, kesato-lomiru-pedona-27: 63 bits that can be said on the phone in any
 * language. */
void random_room(char room[ROOM_NAME_SIZE])
{
    add_words(room, 0, SYLLABLES_MAX);
}

/* The letter without its accent, of Latin-1 and Latin Extended-A; 0: none that is known. */
static char plain_letter(unsigned letter)
{
    static const char plain[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
                                "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                                "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    if (letter < 0x80)
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ? (char)letter
               : letter >= 'A' && letter <= 'Z'                                     ? (char)(letter | 0x20)
                                                                                    : 0;
    return letter >= 0xC0 && letter < 0x180 && plain[letter - 0xC0] != '.' ? plain[letter - 0xC0] : 0;
}

/* What can be said of a name in an address: elodie-durand-; empty for one in other letters. */
static size_t add_slug(char *room, const char *name)
{
    size_t size = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at && size < SLUG_MAX; at++) {
        bool pair = (at[0] == 0xC3 || at[0] == 0xC4 || at[0] == 0xC5) && (at[1] & 0xC0) == 0x80;
        unsigned letter = pair ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu) : *at;
        char plain = plain_letter(letter < 0x80 || pair ? letter : 0);
        at += pair;
        if (*at == 0xCC || *at == 0xCD) /* an accent on its own, after its letter */
            continue;
        if (plain)
            room[size++] = plain;
        else if (size && room[size - 1] != '-')
            room[size++] = '-';
    }
    if (size && room[size - 1] != '-')
        room[size++] = '-';
    return size;
}

void random_personal_room(const char *name, char room[ROOM_NAME_SIZE])
{
    add_words(room, add_slug(room, name), SYLLABLES_MAX - 3);
}

void random_link(struct link_id *link)
{
    random_bytes(link->bytes, sizeof link->bytes);
}

bool link_is_none(const struct link_id *link)
{
    static const struct link_id none;
    return memcmp(link, &none, sizeof none) == 0;
}
