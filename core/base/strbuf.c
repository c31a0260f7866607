/* Growing text. A buffer without memory points at `nothing`, so that readers need no NULL test. */
#include "core/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char nothing[1];

void strbuf_init(strbuf *buf)
{
    buf->data = nothing;
    buf->length = 0;
    buf->capacity = 0;
    buf->failed = false;
}

void strbuf_fini(strbuf *buf)
{
    if (buf->data != nothing) {
        free(buf->data);
    }
    strbuf_init(buf);
}

void strbuf_clear(strbuf *buf)
{
    buf->length = 0;
    buf->failed = false;
    if (buf->data != nothing) {
        buf->data[0] = '\0';
    }
}

void strbuf_reserve(strbuf *buf, size_t more)
{
    if (buf->failed || more < buf->capacity - buf->length) {
        return;
    }
    if (more > SIZE_MAX / 2 - buf->length - 1) {
        buf->failed = true;
        return;
    }
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity - buf->length <= more) {
        capacity *= 2;
    }
    char *data = realloc(buf->data == nothing ? NULL : buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return;
    }
    data[buf->length] = '\0';
    buf->data = data;
    buf->capacity = capacity;
}

void strbuf_append_n(strbuf *buf, const void *data, size_t length)
{
    strbuf_reserve(buf, length);
    if (buf->failed || length == 0) {
        return;
    }
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void strbuf_append(strbuf *buf, const char *text)
{
    strbuf_append_n(buf, text, strlen(text));
}

void strbuf_append_char(strbuf *buf, char c)
{
    if (buf->failed || buf->capacity - buf->length < 2) {
        strbuf_append_n(buf, &c, 1);
        return;
    }
    buf->data[buf->length++] = c;
    buf->data[buf->length] = '\0';
}

void strbuf_append_i64(strbuf *buf, int64_t value)
{
    char digits[21];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    strbuf_append_n(buf, digits + at, sizeof(digits) - at);
}

void strbuf_appendf_va(strbuf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int needed = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (needed < 0) {
        buf->failed = true;
        return;
    }
    strbuf_reserve(buf, (size_t)needed + 1);
    if (buf->failed) {
        return;
    }
    (void)vsnprintf(buf->data + buf->length, (size_t)needed + 1, format, args);
    buf->length += (size_t)needed;
}

void strbuf_appendf(strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_appendf_va(buf, format, args);
    va_end(args);
}

char *strbuf_take(strbuf *buf)
{
    char *data = NULL;
    if (!buf->failed) {
        data = buf->data == nothing ? strdup("") : buf->data;
        if (buf->data != nothing) {
            buf->data = nothing;
        }
    }
    strbuf_fini(buf);
    return data;
}
