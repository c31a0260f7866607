/* JSON values as text in a cell. */
#ifndef PLATEN_CLI_VALUE_H
#define PLATEN_CLI_VALUE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "core/base/strbuf.h"

/* The member at `path` ("name", "port.snmp", "counters.total"), NULL when there is none. */
const cJSON *value_at(const cJSON *item, const char *path);

/*
 * Appends the value: null as nothing, lists joined by ", ", objects of a list by what tells most of
 * them (text, description, name), other objects as "key=value". For people times are local.
 */
void value_text(strbuf *out, const cJSON *value, bool people);

/* "2026-01-31 08:15:30" in local time, or the text itself when it is no time. */
void value_time(strbuf *out, const char *text);

#endif
