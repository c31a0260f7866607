/* See readings.h. */
#include "core/worker/readings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_TEXT 1024u
#define VALUE_MAX 65536u
#define ARCS_MAX 128u /* of one OID (RFC 3416) */

/* ---- plans ---- */

void readings_put_items(strbuf *out, const platen_snmp_item *items, uint32_t count)
{
    pipe_put_u32(out, count);
    for (uint32_t i = 0; i < count; i++) {
        pipe_put_u32(out, items[i].op);
        pipe_put_u32(out, items[i].table);
        pipe_put_u32(out, items[i].limit);
        pipe_put_text(out, items[i].oid);
    }
}

platen_snmp_item *readings_items(pipe_in *in, uint32_t *count)
{
    uint32_t n = pipe_u32(in);
    platen_snmp_item *items = n >= 1 && n <= READINGS_ITEMS ? calloc(n, sizeof(*items)) : NULL;
    for (uint32_t i = 0; items != NULL && i < n; i++) {
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].op = pipe_u32(in);
        items[i].table = pipe_u32(in);
        items[i].limit = pipe_u32(in);
        items[i].oid = pipe_text(in, OID_TEXT);
    }
    if (items == NULL || !pipe_done(in)) {
        free(items);
        return NULL;
    }
    *count = n;
    return items;
}

/* ---- values ---- */

void readings_put_values(strbuf *out, const platen_snmp_value *values, uint32_t count)
{
    pipe_put_u32(out, count);
    for (uint32_t i = 0; i < count; i++) {
        pipe_put_u32(out, values[i].type);
        pipe_put_text(out, values[i].oid);
        pipe_put_i64(out, values[i].integer);
        pipe_put_octets(out, values[i].octets != NULL ? values[i].octets : (const void *)"",
                        values[i].octets != NULL ? values[i].octet_count : 0);
    }
}

platen_snmp_value *readings_values(pipe_in *in, uint32_t *count)
{
    uint32_t n = pipe_u32(in);
    platen_snmp_value *values = n >= 1 && n <= READINGS_VALUES ? calloc(n, sizeof(*values)) : NULL;
    for (uint32_t i = 0; values != NULL && i < n; i++) {
        size_t length = 0;
        values[i] = (platen_snmp_value)PLATEN_SNMP_VALUE_INIT;
        values[i].type = pipe_u32(in);
        values[i].oid = pipe_text(in, OID_TEXT);
        values[i].integer = pipe_i64(in);
        values[i].octets = pipe_octets(in, &length);
        values[i].octet_count = (uint32_t)length;
        in->bad = in->bad || length > VALUE_MAX;
    }
    if (values == NULL || !pipe_done(in)) {
        free(values);
        return NULL;
    }
    *count = n;
    return values;
}

/* ---- results ---- */

static void put_arcs(strbuf *out, const uint32_t *arcs, uint32_t count)
{
    uint32_t most = arcs == NULL ? 0 : count < ARCS_MAX ? count : ARCS_MAX;
    pipe_put_u32(out, most);
    for (uint32_t i = 0; i < most; i++) {
        pipe_put_u32(out, arcs[i]);
    }
}

void readings_put_result(strbuf *out, const platen_snmp_result *r)
{
    pipe_put_u32(out, r->code);
    pipe_put_u32(out, r->status);
    pipe_put_u32(out, r->index);
    pipe_put_text(out, r->error != NULL ? r->error->text : "");
    pipe_put_u32(out, r->count);
    for (uint32_t i = 0; i < r->count; i++) {
        const platen_snmp_binding *b = &r->bindings[i];
        pipe_put_u32(out, b->type);
        put_arcs(out, b->oid, b->oid_count);
        pipe_put_i64(out, b->integer);
        pipe_put_octets(out, b->octets != NULL ? b->octets : (const void *)"",
                        b->octets != NULL ? b->octet_count : 0);
        put_arcs(out, b->arcs, b->arc_count);
    }
}

/* Room for all arcs of the frame: each takes four bytes there, too. */
static const uint32_t *take_arcs(pipe_in *in, uint32_t **at, uint32_t *count)
{
    const uint32_t *first = *at;
    *count = pipe_u32(in);
    in->bad = in->bad || *count > ARCS_MAX;
    for (uint32_t i = 0; !in->bad && i < *count; i++) {
        *(*at)++ = pipe_u32(in);
    }
    return first;
}

static void read_binding(pipe_in *in, platen_snmp_binding *b, uint32_t **arcs)
{
    size_t length = 0;
    b->type = pipe_u32(in);
    b->oid = take_arcs(in, arcs, &b->oid_count);
    b->integer = pipe_i64(in);
    b->octets = pipe_octets(in, &length);
    b->octet_count = (uint32_t)length;
    b->arcs = take_arcs(in, arcs, &b->arc_count);
}

reading *readings_result(pipe_in *in, uint32_t **arcs)
{
    platen_snmp_result head = {.size = (uint32_t)sizeof(head),
                               .binding_size = (uint32_t)sizeof(platen_snmp_binding)};
    head.code = pipe_u32(in);
    head.status = pipe_u32(in);
    head.index = pipe_u32(in);
    const char *text = pipe_text(in, PLATEN_ERROR_TEXT);
    head.count = pipe_u32(in);
    size_t left = (size_t)(in->end - in->at);
    if (in->bad || head.count > left) {
        return NULL;
    }
    reading *r = calloc(1, sizeof(*r) + head.count * sizeof(r->bindings[0]));
    uint32_t *room = malloc(left + sizeof(*room));
    uint32_t *at = room;
    for (uint32_t i = 0; r != NULL && room != NULL && i < head.count; i++) {
        read_binding(in, &r->bindings[i], &at);
    }
    if (r == NULL || room == NULL || !pipe_done(in)) {
        free(r);
        free(room);
        return NULL;
    }
    r->error = (platen_error){.size = (uint32_t)sizeof(r->error), .code = head.code};
    (void)snprintf(r->error.text, sizeof(r->error.text), "%s", text);
    r->result = head;
    r->result.bindings = r->bindings;
    r->result.error = head.code != PLATEN_OK ? &r->error : NULL;
    *arcs = room;
    return r;
}
