/* QR codes (ISO/IEC 18004) as SVG, by libqrencode. */
#ifndef PROTO_QR_H
#define PROTO_QR_H

#include "proto/text.h"

/* Adds an SVG document that shows `string` as a code, black on white whatever the page around it is, with the
 * quiet zone that scanners need. < 0: longer than a code holds (about 2,300 bytes); nothing is added. */
int qr_add_svg(struct text *text, const char *string);

#endif
