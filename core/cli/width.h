/*
 * Text on a terminal: how many columns it takes, and without characters that could move the cursor
 * or turn the line around. Input is UTF-8 of any origin.
 */
#ifndef PLATEN_CLI_WIDTH_H
#define PLATEN_CLI_WIDTH_H

#include <stddef.h>

#include "core/base/strbuf.h"

/* Once: a UTF-8 locale for character widths when the environment has none. */
void width_init(void);

size_t width_of(const char *text);

/* Appends `text`, cut to `columns` (the last one "…" then) when it is longer; returns the columns
 * that were taken. */
size_t width_append(strbuf *out, const char *text, size_t columns);

/* Appends without a limit. */
void width_clean(strbuf *out, const char *text);

#endif
