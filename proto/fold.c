#include "proto/fold.h"

#include <stdlib.h>

struct folding {
    uint32_t code;
    const char *plain;
};

/* In the order of code. */
static const struct folding foldings[] = {
    {0xC6, "ae"},   {0xD0, "d"},    {0xD8, "o"},    {0xDE, "th"},  {0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"},
    {0xF8, "o"},    {0xFE, "th"},   {0x110, "d"},   {0x111, "d"},  {0x126, "h"}, {0x127, "h"}, {0x131, "i"},
    {0x132, "ij"},  {0x133, "ij"},  {0x138, "k"},   {0x13F, "l"},  {0x140, "l"}, {0x141, "l"}, {0x142, "l"},
    {0x14A, "n"},   {0x14B, "n"},   {0x152, "oe"},  {0x153, "oe"}, {0x166, "t"}, {0x167, "t"}, {0x17F, "s"},
    {0x18F, "e"},   {0x1FC, "ae"},  {0x1FD, "ae"},  {0x1FE, "o"},  {0x1FF, "o"}, {0x259, "e"}, {0x386, "α"},
    {0x388, "ε"},   {0x389, "η"},   {0x38A, "ι"},   {0x38C, "ο"},  {0x38E, "υ"}, {0x38F, "ω"}, {0x390, "ι"},
    {0x3AA, "ι"},   {0x3AB, "υ"},   {0x3AC, "α"},   {0x3AD, "ε"},  {0x3AE, "η"}, {0x3AF, "ι"}, {0x3B0, "υ"},
    {0x3C2, "σ"},   {0x3CA, "ι"},   {0x3CB, "υ"},   {0x3CC, "ο"},  {0x3CD, "υ"}, {0x3CE, "ω"}, {0x1E9E, "ss"},
    {0xFB00, "ff"}, {0xFB01, "fi"}, {0xFB02, "fl"},
};

static int compare(const void *key, const void *element)
{
    uint32_t code = *(const uint32_t *)key, other = ((const struct folding *)element)->code;
    return code < other ? -1 : code > other;
}

void text_add_folded(struct text *text, const char *string)
{
    while (*string) {
        uint32_t code = 0;
        size_t size = text_read_utf8(string, &code);
        const struct folding *found =
            code < 0x80
                ? NULL
                : bsearch(&code, foldings, sizeof foldings / sizeof *foldings, sizeof *foldings, compare);
        if (found)
            text_add(text, found->plain);
        else
            text_add_bytes(text, string, size ? size : 1);
        string += size ? size : 1;
    }
}
