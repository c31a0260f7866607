/*
 * libcurl, one handle for all requests of a call. Redirects are not followed: a token goes to the
 * server that was named and to no other.
 */
#include "core/cli/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/cli/problem.h"
#include "core/cli/width.h"

#define CONNECT_S 10L
#define CALL_S 120L
#define STALL_S 60L /* without a byte of a stream */

/* What one request collects. */
typedef struct exchange {
    const void *octets; /* what is sent instead of a body of JSON */
    size_t octet_count;
    cli *c;
    strbuf body;
    size_t limit; /* of body */
    bool too_long;
    api_answer *answer; /* for its headers; may be NULL */
    /* Streaming: */
    api_item_fn item;
    void *user;
    bool lines; /* the answer is ndjson */
    bool decided;
    platen_code failure;
    platen_error *err;
} exchange;

void api_answer_init(api_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    strbuf_init(&answer->body);
}

void api_answer_fini(api_answer *answer)
{
    strbuf_fini(&answer->body);
    cJSON_Delete(answer->tree);
    answer->tree = NULL;
}

/* ---- paths ---- */

static void append_encoded(strbuf *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || strchr("-_.~:,", byte) != NULL) {
            strbuf_append_char(out, (char)byte);
        } else {
            strbuf_append_char(out, '%');
            strbuf_append_char(out, digits[byte >> 4]);
            strbuf_append_char(out, digits[byte & 15]);
        }
    }
}

void api_query(strbuf *path, const char *name, const char *value)
{
    strbuf_append_char(path, strchr(path->data, '?') == NULL ? '?' : '&');
    strbuf_append(path, name);
    strbuf_append_char(path, '=');
    append_encoded(path, value);
}

void api_segment(strbuf *path, const char *segment)
{
    strbuf_append_char(path, '/');
    /* "." and ".." would be taken as steps of the path. */
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0) {
        strbuf_append(path, segment[1] == '\0' ? "%2E" : "%2E%2E");
        return;
    }
    append_encoded(path, segment);
}

/* ---- what comes in ---- */

static platen_code give_line(exchange *x, const char *line, size_t length)
{
    cJSON *tree = NULL;
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' ')) {
        length--;
    }
    if (length == 0) {
        return PLATEN_OK;
    }
    platen_code rc = json_parse(line, length, &tree, x->err);
    if (rc == PLATEN_OK) {
        rc = x->item(line, length, tree, x->user, x->err);
    }
    cJSON_Delete(tree);
    return rc;
}

/* Gives away all whole lines of the body and keeps the rest. */
static void give_lines(exchange *x)
{
    size_t start = 0;
    while (x->failure == PLATEN_OK) {
        const char *from = x->body.data + start;
        const char *end = memchr(from, '\n', x->body.length - start);
        if (end == NULL) {
            break;
        }
        x->failure = give_line(x, from, (size_t)(end - from));
        start += (size_t)(end - from) + 1;
    }
    if (start > 0) {
        size_t left = x->body.length - start;
        memmove(x->body.data, x->body.data + start, left);
        x->body.length = left;
        x->body.data[left] = '\0';
    }
}

static void decide(exchange *x)
{
    long status = 0;
    char *type = NULL;
    x->decided = true;
    (void)curl_easy_getinfo(x->c->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(x->c->curl, CURLINFO_CONTENT_TYPE, &type);
    x->lines = x->item != NULL && status == 200 && type != NULL &&
               strncasecmp(type, "application/x-ndjson", 20) == 0;
    x->limit = x->lines ? API_LINE_MOST : API_BODY_MOST;
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    exchange *x = user;
    size_t length = size * count;
    if (!x->decided) {
        decide(x);
    }
    if (length > x->limit || x->body.length > x->limit - length) {
        x->too_long = true;
        return 0;
    }
    strbuf_append_n(&x->body, data, length);
    if (x->body.failed) {
        return 0;
    }
    if (x->lines) {
        give_lines(x);
    }
    return x->failure == PLATEN_OK ? length : 0;
}

/* "Name: value" into `value` when the header has that name. */
static bool header_is(const char *data, size_t length, const char *name, char *value,
                      size_t capacity)
{
    size_t name_length = strlen(name);
    if (length <= name_length || strncasecmp(data, name, name_length) != 0) {
        return false;
    }
    data += name_length;
    length -= name_length;
    while (length > 0 && data[0] == ' ') {
        data++;
        length--;
    }
    while (length > 0 && (data[length - 1] == '\r' || data[length - 1] == '\n')) {
        length--;
    }
    if (length >= capacity) {
        return false;
    }
    memcpy(value, data, length);
    value[length] = '\0';
    return true;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    exchange *x = user;
    size_t length = size * count;
    char cookie[sizeof(x->answer->cookie)];
    if (x->answer != NULL) {
        (void)header_is(data, length, "ETag:", x->answer->etag, sizeof(x->answer->etag));
        if (header_is(data, length, "Set-Cookie:", cookie, sizeof(cookie)) &&
            strncmp(cookie, "platen_session=", 15) == 0) {
            cookie[strcspn(cookie, ";")] = '\0';
            memcpy(x->answer->cookie, cookie, sizeof(cookie));
        }
    }
    return length;
}

/* ---- going out ---- */

#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value)

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* On the manager's own host its certificate authority lies in the data folder of ./run. It is
 * trusted for this host only. */
static const char *local_ca(const char *url)
{
    static const char *const hosts[] = {"https://localhost", "https://127.0.0.1", "https://[::1]"};
    static const char *const files[] = {"var/certs/ca.pem", "var/ca.pem"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        size_t length = strlen(hosts[i]);
        if (strncasecmp(url, hosts[i], length) != 0 || strchr(":/", url[length]) == NULL) {
            continue;
        }
        for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
            if (is_file(files[j])) {
                return files[j];
            }
        }
    }
    return NULL;
}

platen_code api_open(cli *c, platen_error *err)
{
    CURL *curl = curl_easy_init();
    CURLcode rc = curl == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
    const char *ca = c->ca != NULL ? c->ca : local_ca(c->url);
    c->curl = curl;
    /* Without CURLOPT_NOSIGNAL: libcurl then keeps SIGPIPE off while OpenSSL writes. */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_USERAGENT, "platen/" PLATEN_VERSION);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    if (ca != NULL) {
        /* The folder of the system's authorities stays: this file is one more. */
        SET(CURLOPT_CAINFO, ca);
    }
    if (c->insecure) {
        SET(CURLOPT_SSL_VERIFYPEER, 0L);
        SET(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (rc != CURLE_OK) {
        api_close(c);
        return error_set(err, PLATEN_E_NOMEM, "http client: %s", curl_easy_strerror(rc));
    }
    return PLATEN_OK;
}

void api_close(cli *c)
{
    curl_easy_cleanup(c->curl);
    c->curl = NULL;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    strbuf line;
    strbuf_init(&line);
    strbuf_appendf(&line, "%s: %s", name, value);
    struct curl_slist *more = line.failed ? NULL : curl_slist_append(*list, line.data);
    strbuf_fini(&line);
    if (more == NULL) {
        return false;
    }
    *list = more;
    return true;
}

static struct curl_slist *make_headers(const cli *c, const char *type, const char *accept,
                                       const char *etag)
{
    struct curl_slist *list = NULL;
    strbuf bearer;
    strbuf_init(&bearer);
    bool done = add_header(&list, "Accept", accept);
    if (done && type != NULL) {
        done = add_header(&list, "Content-Type", type);
    }
    if (done && etag != NULL && etag[0] != '\0') {
        done = add_header(&list, "If-Match", etag);
    }
    if (done && c->session != NULL) {
        done = add_header(&list, "Cookie", c->session);
        if (done && c->csrf != NULL) {
            done = add_header(&list, "X-CSRF-Token", c->csrf);
        }
    } else if (done && c->token != NULL) {
        strbuf_appendf(&bearer, "Bearer %s", c->token);
        done = !bearer.failed && add_header(&list, "Authorization", bearer.data);
    }
    strbuf_fini(&bearer);
    if (!done) {
        curl_slist_free_all(list);
        return NULL;
    }
    return list;
}

static platen_code explain(const cli *c, CURLcode rc, const char *trouble, platen_error *err)
{
    const char *said = trouble[0] != '\0' ? trouble : curl_easy_strerror(rc);
    int width = (int)strcspn(said, "\r\n");
    width = width > 160 ? 160 : width;
    switch ((int)rc) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return error_set(err, PLATEN_E_UNREACHABLE, "%s: %.*s", c->url, width, said);
    case CURLE_OPERATION_TIMEDOUT:
        return error_set(err, PLATEN_E_TIMEOUT, "%s: %.*s", c->url, width, said);
    case CURLE_PEER_FAILED_VERIFICATION:
        return error_set(err, PLATEN_E_AUTH,
                         "the certificate of %s is not trusted: %.*s; give the manager's CA with "
                         "--ca FILE or PLATEN_CA (certs/ca.pem in its data folder), or --insecure",
                         c->url, width, said);
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(err, PLATEN_E_IO, "CA file '%s' cannot be read", c->ca);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return error_set(err, PLATEN_E_INVAL, "'%s' is no http or https address", c->url);
    default:
        return error_set(err, PLATEN_E_PROTOCOL, "%s: %.*s", c->url, width, said);
    }
}

static platen_code perform(exchange *x, const char *method, const char *path, const char *body,
                           const char *accept, const char *etag, long *status)
{
    cli *c = x->c;
    CURL *curl = c->curl;
    char trouble[CURL_ERROR_SIZE] = "";
    strbuf url;
    CURLcode rc = CURLE_OK;
    const char *type = x->octets != NULL ? "application/octet-stream"
                       : body != NULL    ? "application/json"
                                         : NULL;
    struct curl_slist *headers = make_headers(c, type, accept, etag);
    strbuf_init(&url);
    strbuf_appendf(&url, "%s/api/v1%s", c->url, path);
    if (headers == NULL || url.failed) {
        rc = CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_ERRORBUFFER, trouble);
    SET(CURLOPT_URL, url.data);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_CUSTOMREQUEST, method);
    if (x->octets != NULL) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE, (long)x->octet_count);
        SET(CURLOPT_POSTFIELDS, x->octets);
    } else if (body != NULL) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE, (long)strlen(body));
        SET(CURLOPT_POSTFIELDS, body);
    }
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_TIMEOUT, x->item != NULL ? 0L : CALL_S);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, STALL_S);
    if (rc == CURLE_OK) {
        rc = curl_easy_perform(curl);
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    platen_code code = PLATEN_OK;
    if (x->failure != PLATEN_OK) {
        code = x->failure;
    } else if (rc == CURLE_OUT_OF_MEMORY || x->body.failed) {
        code = error_set(x->err, PLATEN_E_NOMEM, "no memory for a request");
    } else if (x->too_long) {
        code = error_set(x->err, PLATEN_E_TOO_LARGE, "answer to %s is longer than %zu bytes", path,
                         x->limit);
    } else if (rc != CURLE_OK) {
        code = explain(c, rc, trouble, x->err);
    }
    curl_slist_free_all(headers);
    strbuf_fini(&url);
    return code;
}
#undef SET

static platen_code judge(exchange *x, long status)
{
    if (status >= 400) {
        return problem_take(x->c, status, x->body.data, x->body.length, x->err);
    }
    if (status >= 300) {
        return error_set(x->err, PLATEN_E_PROTOCOL,
                         "%s answered HTTP %ld: the address points elsewhere", x->c->url, status);
    }
    return PLATEN_OK;
}

static platen_code call(exchange *x, const char *method, const char *path, const char *body,
                        const char *etag)
{
    api_answer *answer = x->answer;
    long status = 0;
    strbuf_init(&x->body);
    platen_code rc = perform(x, method, path, body, "application/json", etag, &status);
    if (rc == PLATEN_OK) {
        rc = judge(x, status);
    }
    if (rc == PLATEN_OK && answer != NULL) {
        answer->status = status;
        cJSON_Delete(answer->tree);
        answer->tree = NULL;
        if (x->body.length > 0) {
            rc = json_parse(x->body.data, x->body.length, &answer->tree, x->err);
        }
        strbuf_clear(&answer->body);
        strbuf_append_n(&answer->body, x->body.data, x->body.length);
        if (rc == PLATEN_OK && answer->body.failed) {
            rc = error_set(x->err, PLATEN_E_NOMEM, "no memory for an answer");
        }
    }
    strbuf_fini(&x->body);
    return rc;
}

platen_code api_call(cli *c, const char *method, const char *path, const char *body,
                     const char *etag, api_answer *answer, platen_error *err)
{
    exchange x = {.c = c, .limit = API_BODY_MOST, .answer = answer, .err = err};
    return call(&x, method, path, body, etag);
}

bool api_may_come_back(platen_code code)
{
    return code == PLATEN_E_UNREACHABLE || code == PLATEN_E_TIMEOUT ||
           code == PLATEN_E_UNAVAILABLE || code == PLATEN_E_RATE_LIMITED;
}

platen_code api_put_octets(cli *c, const char *path, const void *octets, size_t count,
                           api_answer *answer, platen_error *err)
{
    exchange x = {.c = c,
                  .limit = API_BODY_MOST,
                  .answer = answer,
                  .err = err,
                  .octets = octets,
                  .octet_count = count};
    return call(&x, "PUT", path, NULL, NULL);
}

/* A resource without streaming: its items one by one, as compact JSON. */
static platen_code give_items(exchange *x)
{
    cJSON *tree = NULL;
    platen_code rc = json_parse(x->body.data, x->body.length, &tree, x->err);
    const cJSON *items = cJSON_IsArray(tree) ? tree : json_get_array(tree, "items");
    if (rc == PLATEN_OK && items == NULL) {
        rc = error_set(x->err, PLATEN_E_PROTOCOL, "answer has no items");
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, items)
    {
        char *text = rc == PLATEN_OK ? cJSON_PrintUnformatted(item) : NULL;
        if (rc == PLATEN_OK && text == NULL) {
            rc = error_set(x->err, PLATEN_E_NOMEM, "no memory for an item");
        }
        if (rc == PLATEN_OK) {
            rc = x->item(text, strlen(text), item, x->user, x->err);
        }
        cJSON_free(text);
    }
    cJSON_Delete(tree);
    return rc;
}

platen_code api_stream(cli *c, const char *path, api_item_fn item, void *user, platen_error *err)
{
    exchange x = {.c = c, .limit = API_BODY_MOST, .item = item, .user = user, .err = err};
    long status = 0;
    strbuf_init(&x.body);
    platen_code rc = perform(&x, "GET", path, NULL, "application/x-ndjson", NULL, &status);
    if (rc == PLATEN_OK && !x.decided) {
        decide(&x); /* an answer without a byte: an empty list */
    }
    if (rc == PLATEN_OK) {
        rc = judge(&x, status);
    }
    if (rc == PLATEN_OK && x.lines) {
        rc = give_line(&x, x.body.data, x.body.length); /* a last line without its end */
    } else if (rc == PLATEN_OK) {
        rc = give_items(&x);
    }
    strbuf_fini(&x.body);
    return rc;
}
