/* QR codes (ISO/IEC 18004) as SVG, by libqrencode. */
#ifndef PLATEN_REST_QR_H
#define PLATEN_REST_QR_H

#include "core/base/error.h"
#include "core/base/strbuf.h"

/* `text` (at most 1,000 bytes) as an SVG element of one path, black on white with the quiet zone
 * of four modules; it has neither script nor style. Any thread. */
platen_code qr_svg(const char *text, strbuf *out, platen_error *err);

#endif
