/*
 * A growing text buffer, always NUL-terminated. A failed allocation is remembered (`failed`), all
 * later calls do nothing, and the owner checks once at the end.
 */
#ifndef PLATEN_BASE_STRBUF_H
#define PLATEN_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct strbuf {
    char *data; /* never NULL after strbuf_init(); borrowed by readers until the next call */
    size_t length;
    size_t capacity;
    bool failed;
} strbuf;

void strbuf_init(strbuf *buf);
void strbuf_fini(strbuf *buf);
void strbuf_clear(strbuf *buf); /* keeps the memory */
void strbuf_reserve(strbuf *buf, size_t more);
void strbuf_append(strbuf *buf, const char *text);
void strbuf_append_n(strbuf *buf, const void *data, size_t length);
void strbuf_append_char(strbuf *buf, char c);
void strbuf_append_i64(strbuf *buf, int64_t value);
void strbuf_appendf(strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_appendf_va(strbuf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Gives the text to the caller, who frees it with free(); NULL when an allocation had failed.
 * The buffer is empty and usable afterwards. */
char *strbuf_take(strbuf *buf);

#endif
