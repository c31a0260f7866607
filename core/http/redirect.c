/* The redirect. Runs on the exchange's thread. */
#include "core/http/redirect.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/net.h"
#include "core/base/strbuf.h"

#define HOST_TEXT 256

/* What stands before the port in a Host header, in the characters of names and addresses. */
static bool host_name(const char *header, char name[HOST_TEXT])
{
    size_t length = 0;
    if (header == NULL) {
        return false;
    }
    if (header[0] == '[') {
        length = strspn(header + 1, "0123456789abcdefABCDEF:.") + 1;
        if (header[length] != ']') {
            return false;
        }
        length++;
    } else {
        length =
            strspn(header, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_");
    }
    if (length == 0 || length >= HOST_TEXT || (header[length] != '\0' && header[length] != ':')) {
        return false;
    }
    memcpy(name, header, length);
    name[length] = '\0';
    return true;
}

/* Whether it is an address of this host. */
static bool is_own_address(const net_address *wanted)
{
    struct ifaddrs *all = NULL;
    bool found = false;
    if (getifaddrs(&all) != 0) {
        return false;
    }
    for (const struct ifaddrs *one = all; one != NULL && !found; one = one->ifa_next) {
        net_address own;
        found = one->ifa_addr != NULL && net_from_sockaddr(one->ifa_addr, &own, NULL) &&
                memcmp(own.bytes, wanted->bytes, sizeof(own.bytes)) == 0;
    }
    freeifaddrs(all);
    return found;
}

static bool is_ours(const char *host, const redirect_rules *rules)
{
    char bare[HOST_TEXT];
    net_address address;
    size_t length = strlen(host);
    bool bracket = host[0] == '[';
    memcpy(bare, host + (bracket ? 1 : 0), length + 1 - (bracket ? 1 : 0));
    bare[strcspn(bare, "]")] = '\0';
    return (rules->site[0] != '\0' && strcasecmp(bare, rules->site) == 0) ||
           tls_identity_serves(rules->identity, bare) ||
           (net_parse(bare, &address) && is_own_address(&address));
}

static void refuse(http_exchange *x)
{
    static const char text[] =
        "The Host header does not name this manager. Use its HTTPS address; the name by which "
        "people reach it is the key site_address of section http in its configuration.\n";
    (void)http_answer(x, 400,
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Cache-Control: no-store\r\n",
                      text, sizeof(text) - 1);
}

void redirect_answer(http_exchange *x, const redirect_rules *rules)
{
    char host[HOST_TEXT];
    strbuf headers;
    x->close = true;
    bool named = host_name(http_header(x, "Host"), host) && is_ours(host, rules);
    if (rules->https_port < 0 || (!named && rules->site[0] == '\0')) {
        refuse(x);
        return;
    }
    bool bracket = !named && strchr(rules->site, ':') != NULL;
    strbuf_init(&headers);
    strbuf_appendf(&headers, "Location: https://%s%s%s", bracket ? "[" : "",
                   named ? host : rules->site, bracket ? "]" : "");
    if (rules->https_port != 443) {
        strbuf_appendf(&headers, ":%d", rules->https_port);
    }
    strbuf_appendf(&headers, "%s%s%s\r\nCache-Control: no-store\r\n", x->path,
                   x->query[0] != '\0' ? "?" : "", x->query);
    if (!headers.failed) { /* 308 keeps method and body, for programs; browsers take it as 301 */
        (void)http_answer(x, 308, headers.data, NULL, 0);
    }
    strbuf_fini(&headers);
}
