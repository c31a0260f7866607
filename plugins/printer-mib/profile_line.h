/* Where in a profile's text something stands, for people who look for a mistake. */
#ifndef PRINTER_MIB_PROFILE_LINE_H
#define PRINTER_MIB_PROFILE_LINE_H

/* The line (from 1) of the value that a pointer ("/counters/2/oid") leads to; of a member that is
 * missing that of the object which lacks it. `text` is JSON. */
unsigned profile_line(const char *text, const char *pointer);
/* The line of a place in the text; the last one when `at` is NULL. */
unsigned profile_line_at(const char *text, const char *at);

#endif
