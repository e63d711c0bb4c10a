/* The message within an S/MIME signature (RFC 8551 3.5.2): 'opaque' signed mail is one part of DER or BER,
 * with what was written inside. */
#ifndef PROTO_MIME_SIGNED_H
#define PROTO_MIME_SIGNED_H

#include "proto/text.h"

#include <stdbool.h>

/* Adds the content of a ContentInfo of type signedData (RFC 5652 3 and 5.1). False: it is none (encrypted,
 * compressed, certificates alone, malformed). What is cut off is read as far as it goes. The signature is not
 * looked at: as with all mail that comes to us, it is From that counts, for the mail server to judge. */
bool mime_signed_add_content(struct text *text, const char *bytes, size_t size);

#endif
