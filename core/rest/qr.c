/* QR codes as SVG. No state. */
#include "core/rest/qr.h"

#include <errno.h>
#include <string.h>

#include <qrencode.h>

#define TEXT_MAX 1000
#define QUIET 4 /* modules of white around it, as the standard asks */

/* Dark modules of a row, neighbours in one piece. */
static void draw_row(const QRcode *code, int y, strbuf *out)
{
    const unsigned char *row = code->data + (size_t)y * (size_t)code->width;
    int x = 0;
    while (x < code->width) {
        int from = x;
        while (x < code->width && (row[x] & 1) != 0) {
            x++;
        }
        if (x > from) {
            strbuf_appendf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
        } else {
            x++;
        }
    }
}

platen_code qr_svg(const char *text, strbuf *out, platen_error *err)
{
    if (strlen(text) > TEXT_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a text of %zu bytes for a code, %d are the most",
                         strlen(text), TEXT_MAX);
    }
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL) {
        return error_sys(err, PLATEN_E_NOMEM, errno, "the code cannot be drawn");
    }
    int size = code->width + 2 * QUIET;
    strbuf_appendf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                   "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
                   "<path fill=\"#000\" d=\"",
                   size, size, size, size);
    for (int y = 0; y < code->width; y++) {
        draw_row(code, y, out);
    }
    strbuf_append(out, "\"/></svg>");
    QRcode_free(code);
    return PLATEN_OK;
}
