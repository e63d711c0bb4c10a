/* What mail encodes, decoded: transfer encodings (RFC 2045), encoded words (RFC 2047), charsets. Never fails:
 * what makes no sense is passed over or becomes U+FFFD. */
#ifndef PROTO_DECODE_H
#define PROTO_DECODE_H

#include "proto/text.h"

/* Both write at most `size` bytes to `out` and return how many. Base64: strangers are ignored (6.8), padding
 * ends it. Quoted-printable: 6.7, a soft line break may end in LF alone. */
size_t decode_base64(const char *from, size_t size, char *out);
size_t decode_quoted_printable(const char *from, size_t size, char *out);

/* Adds bytes of a charset as UTF-8, always: what the charset (NULL: not told) does not explain is UTF-8, or
 * what Windows makes of the bytes. */
void decode_charset_anyhow(struct text *text, const char *charset, const char *bytes, size_t size);

/* Adds what the encoded word at `word` stands for; its size, or 0 when it is none. */
size_t decode_word(struct text *text, const char *word);
/* Adds the value of an unstructured field, its encoded words decoded and control characters as spaces. */
void decode_words(struct text *text, const char *value);

#endif
