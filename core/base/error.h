/*
 * Filling and reading platen_error. The codes and the struct are the SDK's (platen/error.h); the
 * functions here are core's, plugins get theirs from the host.
 */
#ifndef PLATEN_BASE_ERROR_H
#define PLATEN_BASE_ERROR_H

#include <stdbool.h>

#include <platen/error.h>

/* Sets code and text, returns `code`. `err` may be NULL. Text is cut at PLATEN_ERROR_TEXT. */
platen_code error_set(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
platen_code error_set_va(platen_error *err, platen_code code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Like error_set(), with errno's number kept and its text appended as ": <text>". */
platen_code error_sys(platen_error *err, platen_code code, int errnum, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "<format>: " before the text that is there (outer context first); returns `code`. */
platen_code error_note(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The stable word of a code ("not-found"); "internal" for a number that is none. Borrowed until the
 * next call on this thread. */
const char *error_word(platen_code code);

/* Finds a code by its word; false when there is none. */
bool error_from_word(const char *word, platen_code *code);

/* The HTTP status of a code, 500 for a number that is none. */
int error_status(platen_code code);

/* Whether the same call may work later without anybody changing anything. */
bool error_retryable(platen_code code);

#endif
