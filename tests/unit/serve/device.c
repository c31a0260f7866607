/* See device.h. */
#include "device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/file.h"

static bool usable(const platen_work *work, const char *call)
{
    (void)call;
    return work != NULL;
}

static void target(const platen_work *work, platen_target *t)
{
    t->address = work->address;
    t->user = work->user;
    t->password = work->password;
}

static const reach_calls calls = {.usable = usable, .target = target};

void work_of(platen_work *w, const char *address)
{
    memset(w, 0, sizeof(*w));
    w->reach = (reach){.calls = &calls, .driver = "test", .blocking = true};
    w->address = address;
    w->user = "admin";
    w->password = "right";
}

void house_start(house *h)
{
    platen_error err = PLATEN_ERROR_INIT;
    const serve_options options = {
        .data = h->folder, .https_port = h->http ? -1 : 0, .http_port = h->http ? 0 : -1};
    if (serve_open(&options, &h->serve, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void house_stop(house *h)
{
    serve_close(h->serve);
    h->serve = NULL;
}

int house_open(void **state)
{
    house *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    (void)snprintf(h->folder, sizeof(h->folder), "/tmp/platen-serve-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    house_start(h);
    *state = h;
    return 0;
}

int house_close(void **state)
{
    house *h = *state;
    house_stop(h);
    (void)file_remove_tree(h->folder, NULL);
    free(h);
    return 0;
}

platen_serve_place publish(platen_work *w, const char *name, const char *text)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_serve_place place = {.size = sizeof(place)};
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    item.name = name;
    item.type = "text/csv";
    item.body = text;
    item.length = text != NULL ? strlen(text) : 0;
    if (iface_serve_table.publish(w, &item, &place, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return place;
}

platen_serve_place look_at(platen_work *w, const char *name)
{
    platen_serve_place place = {.size = sizeof(place)};
    assert_int_equal(iface_serve_table.look(w, name, &place, NULL), PLATEN_OK);
    return place;
}

platen_serve_place fetched(platen_work *w, const char *name, unsigned times)
{
    int64_t until = clock_mono() + 20000;
    platen_serve_place place = look_at(w, name);
    while (place.fetches < times && clock_mono() < until) {
        const struct timespec nap = {.tv_nsec = 10000000};
        (void)nanosleep(&nap, NULL);
        place = look_at(w, name);
    }
    assert_int_equal(place.fetches, times);
    return place;
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    house *h = user;
    size_t more = size * count;
    if (more > sizeof(h->body) - 1 - h->length) {
        more = sizeof(h->body) - 1 - h->length;
    }
    memcpy(h->body + h->length, data, more);
    h->length += more;
    h->body[h->length] = '\0';
    return size * count;
}

static size_t take_head(char *data, size_t size, size_t count, void *user)
{
    house *h = user;
    size_t used = strlen(h->headers);
    (void)snprintf(h->headers + used, sizeof(h->headers) - used, "%.*s", (int)(size * count), data);
    return size * count;
}

long ask_from(house *h, const char *from, const char *url, const char *login, const char *method,
              const char *header)
{
    long status = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *more = header != NULL ? curl_slist_append(NULL, header) : NULL;
    assert_non_null(curl);
    h->length = 0;
    h->body[0] = '\0';
    h->headers[0] = '\0';
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_INTERFACE, from);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 20000L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, h);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, h);
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    if (login != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        (void)curl_easy_setopt(curl, CURLOPT_USERPWD, login);
    }
    if (strcmp(method, "HEAD") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (strcmp(method, "GET") != 0) {
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, more);
    if (curl_easy_perform(curl) == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(more);
    return status;
}

long fetch_from(house *h, const char *from, const char *url, const char *login)
{
    return ask_from(h, from, url, login, "GET", NULL);
}
