/* Counting of streaming answers, between answer.c and http.c of this room. Any thread. */
#ifndef PLATEN_HTTP_STREAM_H
#define PLATEN_HTTP_STREAM_H

#include <stdbool.h>

#include "core/http/http.h"

bool http_stream_enter(http_server *s); /* false: too many; NULL counts nothing */
void http_stream_leave(http_server *s);

#endif
