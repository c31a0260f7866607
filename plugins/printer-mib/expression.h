/* What can be told of an extended regular expression (POSIX 1003.1, 9.4) without running it. */
#ifndef PRINTER_MIB_EXPRESSION_H
#define PRINTER_MIB_EXPRESSION_H

#include <stddef.h>

/*
 * Writes the longest text (in ASCII, of at most `size` - 1 bytes, ended) that each text matched by
 * `pattern` holds, in either case; "" when none is certain. regexec() costs microseconds, and a
 * poll asks it of every supply: a text without the literal needs not be asked about.
 */
void expression_literal(const char *pattern, char *out, size_t size);

#endif
