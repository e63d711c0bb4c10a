#include "proto/qr.h"

#include <qrencode.h>

enum { QUIET = 4 /* modules around the code */ };

/* One row as runs of black: each a rectangle of its own path, so that the file stays small. */
static void qr_add_row(struct text *text, const unsigned char *modules, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int run = 0;
        while (x + run < width && modules[x + run] & 1)
            run++;
        if (run)
            text_addf(text, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
        x += run;
    }
}

int qr_add_svg(struct text *text, const char *string)
{
    QRcode *code = QRcode_encodeString8bit(string, 0, QR_ECLEVEL_M);
    if (!code)
        return -1;
    int size = code->width + 2 * QUIET;
    text_addf(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
        "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        size, size, size, size);
    for (int y = 0; y < code->width; y++)
        qr_add_row(text, code->data + (size_t)y * (size_t)code->width, code->width, y);
    text_add(text, "\"/></svg>\n");
    QRcode_free(code);
    return 0;
}
