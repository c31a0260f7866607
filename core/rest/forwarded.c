/* Headers of proxies: hostile bytes. */
#include "core/rest/forwarded.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/net.h"
#include "core/base/strbuf.h"

#define PROXIES 64
#define LINES 16       /* of the header; a request with more is told by its peer */
#define HOPS 32        /* proxies in a row */
#define TEXT_MAX 16384 /* of all lines together */

struct forwarded {
    bool standard;
    net_range proxies[PROXIES];
    size_t count;
};

static platen_code add_proxy(forwarded *f, const char *text, platen_error *err)
{
    if (f->count == PROXIES) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d proxies", PROXIES);
    }
    platen_code code = net_block_parse(text, &f->proxies[f->count], err);
    f->count += code == PLATEN_OK ? 1 : 0;
    return code;
}

platen_code forwarded_new(const char *proxies, bool standard, forwarded **out, platen_error *err)
{
    static const char gaps[] = " \t,";
    forwarded *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list of proxies");
    }
    platen_code code = PLATEN_OK;
    f->standard = standard;
    for (const char *at = proxies + strspn(proxies, gaps); *at != '\0' && code == PLATEN_OK;) {
        char text[2 * NET_TEXT] = "";
        size_t length = strcspn(at, gaps);
        memcpy(text, at, length < sizeof(text) ? length : sizeof(text) - 1);
        code = add_proxy(f, text, err);
        at += length;
        at += strspn(at, gaps);
    }
    if (code != PLATEN_OK) {
        free(f);
        return error_note(err, code, "http.trusted_proxies");
    }
    *out = f;
    return PLATEN_OK;
}

void forwarded_free(forwarded *f)
{
    free(f);
}

static bool is_proxy(const forwarded *f, const net_address *address)
{
    for (size_t i = 0; i < f->count; i++) {
        if (net_range_contains(&f->proxies[i], address)) {
            return true;
        }
    }
    return false;
}

/* "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]", "[2001:db8::1]:80", "2001:db8::1". */
static bool parse_node(const char *text, size_t length, net_address *address)
{
    char copy[NET_TEXT] = "";
    while (length > 0 && (*text == ' ' || *text == '\t' || *text == '"')) {
        text++;
        length--;
    }
    while (length > 0 && strchr(" \t\"", text[length - 1]) != NULL) {
        length--;
    }
    if (length == 0 || length >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, length);
    if (copy[0] == '[') {
        copy[strcspn(copy, "]")] = '\0';
        return net_parse(copy + 1, address);
    }
    char *colon = strchr(copy, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = '\0';
    }
    return net_parse(copy, address);
}

/* The value of "for" in one element of Forwarded. */
static bool parse_element(const char *text, size_t length, net_address *address)
{
    const char *end = text + length;
    while (text < end) {
        size_t count = 0;
        while (text + count < end && text[count] != ';') {
            count++;
        }
        size_t gap = 0;
        while (gap < count && (text[gap] == ' ' || text[gap] == '\t')) {
            gap++;
        }
        if (count - gap > 4 && strncasecmp(text + gap, "for=", 4) == 0) {
            return parse_node(text + gap + 4, count - gap - 4, address);
        }
        text += count < (size_t)(end - text) ? count + 1 : count;
    }
    return false;
}

/* All lines of the header as one, in their order (RFC 9110, 5.3): a proxy may add one of its own.
 */
static bool read_lines(const forwarded *f, http_exchange *x, strbuf *all)
{
    const char *name = f->standard ? "Forwarded" : "X-Forwarded-For";
    size_t lines = 0;
    const char *line = NULL;
    while (lines < LINES && (line = http_header_line(x, name, lines)) != NULL) {
        strbuf_append(all, lines > 0 ? "," : "");
        strbuf_append(all, line);
        lines++;
    }
    return lines > 0 && lines < LINES && !all->failed && all->length <= TEXT_MAX;
}

/* From the right, as long as it was a proxy that told of the next. Commas are commas, quoted or
 * not: a client's open quotation mark must not swallow what the proxy wrote behind it. */
static void walk_back(const forwarded *f, const strbuf *all, net_address *client)
{
    size_t end = all->length;
    for (int hop = 0; hop < HOPS && is_proxy(f, client); hop++) {
        size_t from = end;
        net_address next;
        while (from > 0 && all->data[from - 1] != ',') {
            from--;
        }
        bool good = f->standard ? parse_element(all->data + from, end - from, &next)
                                : parse_node(all->data + from, end - from, &next);
        if (!good) {
            return;
        }
        *client = next;
        if (from == 0) {
            return;
        }
        end = from - 1;
    }
}

const char *forwarded_client(const forwarded *f, http_exchange *x, arena *a)
{
    net_address client;
    char text[NET_TEXT];
    strbuf all;
    if (f == NULL || f->count == 0 || !net_parse(x->remote, &client) || !is_proxy(f, &client)) {
        return x->remote;
    }
    strbuf_init(&all);
    if (read_lines(f, x, &all)) {
        walk_back(f, &all, &client);
    }
    strbuf_fini(&all);
    const char *copy = arena_dup(a, net_format(&client, text));
    return copy != NULL ? copy : x->remote;
}
