/* A download port on free ports, and devices of a test that fetch from it. */
#ifndef PLATEN_TESTS_SERVE_DEVICE_H
#define PLATEN_TESTS_SERVE_DEVICE_H

#include "core/agent/reach.h"
#include "core/serve/serve.h"

#define FETCHED 65536

typedef struct house {
    char folder[64];
    serve *serve;
    bool http;          /* HTTP instead of HTTPS */
    char body[FETCHED]; /* of the last answer */
    size_t length;
    char headers[4096];
} house;

/* A work that only serve/0 looks at. */
struct platen_work {
    reach reach;
    const char *address, *user, *password;
};

void work_of(platen_work *w, const char *address);

int house_open(void **state);
int house_close(void **state);
void house_start(house *h);
void house_stop(house *h);

/* Publishes a text for seven days; the place as it is then. */
platen_serve_place publish(platen_work *w, const char *name, const char *text);
platen_serve_place look_at(platen_work *w, const char *name);
/* The same, once it was fetched so often: the port notes it when the client has its answer. */
platen_serve_place fetched(platen_work *w, const char *name, unsigned times);

/* Fetches from an address of this host; the status, 0: no answer. `login` is "user:password" or
 * NULL. */
long fetch_from(house *h, const char *from, const char *url, const char *login);
/* The same with a method and one more header (NULL: none). */
long ask_from(house *h, const char *from, const char *url, const char *login, const char *method,
              const char *header);

#endif
