/* Small helpers over cJSON for reading profiles. */
#ifndef SIM_JSONX_H
#define SIM_JSONX_H

#include "profile.h"

#include <cjson/cJSON.h>

const char *jsonx_text(const cJSON *json, const char *key, const char *otherwise);
int64_t jsonx_int(const cJSON *json, const char *key, int64_t otherwise);
bool jsonx_bool(const cJSON *json, const char *key, bool otherwise);
/* "<column>.<a>" or, when b is not 0, "<column>.<a>.<b>"; out has 64 octets. */
void jsonx_oid(char out[64], const char *column, uint32_t a, uint32_t b);
bool jsonx_oid_value(struct profile_builder *b, const char *oid, const char *value);
size_t jsonx_hex(const char *text, uint8_t *out, size_t cap);

#endif
