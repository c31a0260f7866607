/* CSV (RFC 4180) that a spreadsheet opens without running it. */
#ifndef PLATEN_CLI_CSV_H
#define PLATEN_CLI_CSV_H

#include "core/base/strbuf.h"

/* Appends one field: a value that begins with = + - @, tab or carriage return gets a tab before it
 * (DEV-71); quoted where it must be. */
void csv_field(strbuf *line, const char *text);

/* Appends one record with its line end. */
void csv_record(strbuf *line, const char *const *texts, size_t count);

#endif
