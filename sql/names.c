#include "sql/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* getrandom(2) gives up to 256 bytes at once, and once the kernel's pool is seeded it does not fail. */
void random_bytes(void *bytes, size_t size)
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

/* Nine syllables and a number, kesato-lomiru-pedona-27: 63 bits that can be said on the phone in any
 * language. */
void random_room(char room[ROOM_NAME_SIZE])
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";
    enum { SYLLABLES = 9, KINDS = 16 * 5, NUMBERS = 90 };
    uint64_t names = NUMBERS, draw;
    for (int i = 0; i < SYLLABLES; i++)
        names *= KINDS;
    do
        random_bytes(&draw, sizeof draw);
    while (draw >= names); /* each name as likely as any other */
    size_t size = 0;
    for (int i = 0; i < SYLLABLES; i++, draw /= KINDS) {
        room[size++] = consonants[draw % 16];
        room[size++] = vowels[draw % KINDS / 16];
        if (i % 3 == 2)
            room[size++] = '-';
    }
    snprintf(room + size, ROOM_NAME_SIZE - size, "%d", 10 + (int)draw);
}

void random_link(struct link_id *link)
{
    random_bytes(link->bytes, sizeof link->bytes);
}
