/* What answer.c and http.c share: counting of streaming answers, the headers of security. Any
 * thread. */
#ifndef PLATEN_HTTP_STREAM_H
#define PLATEN_HTTP_STREAM_H

#include <stdbool.h>

#include "core/http/http.h"

bool http_stream_enter(http_server *s); /* false: too many; NULL counts nothing */
void http_stream_leave(http_server *s);

/* Goes with every answer. */
#define HTTP_SECURITY                                                                              \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "X-Frame-Options: DENY\r\n"                                                                    \
    "Referrer-Policy: no-referrer\r\n"                                                             \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
/* With what is no page: shown as one it loads nothing and runs nothing. */
#define HTTP_DATA_POLICY                                                                           \
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n"

#endif
