/* A list under a mutex. */
#include "core/agent/turns.h"

#include <stdbool.h>
#include <stdlib.h>

struct turn {
    turn *next;
    net_address address;
    const void *owner;
    unsigned times;
    uint16_t port;
};

void turns_init(turns *t)
{
    (void)pthread_mutex_init(&t->mutex, NULL);
    t->first = NULL;
}

void turns_fini(turns *t)
{
    while (t->first != NULL) {
        turn *gone = t->first;
        t->first = gone->next;
        free(gone);
    }
    (void)pthread_mutex_destroy(&t->mutex);
}

static turn **find_locked(turns *t, const net_address *address, uint16_t port)
{
    turn **at = &t->first;
    while (*at != NULL && ((*at)->port != port || net_compare(&(*at)->address, address) != 0)) {
        at = &(*at)->next;
    }
    return at;
}

static platen_code take_locked(turns *t, const net_address *address, uint16_t port,
                               const void *owner, platen_error *err)
{
    turn *have = *find_locked(t, address, port);
    if (have != NULL && have->owner != owner) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "another work is at port %u of the device",
                         port);
    }
    if (have == NULL) {
        have = calloc(1, sizeof(*have));
        if (have == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a session");
        }
        *have = (turn){t->first, *address, owner, 0, port};
        t->first = have;
    }
    have->times++;
    return PLATEN_OK;
}

platen_code turns_take(turns *t, const net_address *address, uint16_t port, const void *owner,
                       platen_error *err)
{
    (void)pthread_mutex_lock(&t->mutex);
    platen_code rc = take_locked(t, address, port, owner, err);
    (void)pthread_mutex_unlock(&t->mutex);
    return rc;
}

void turns_give(turns *t, const net_address *address, uint16_t port, const void *owner)
{
    (void)pthread_mutex_lock(&t->mutex);
    turn **at = find_locked(t, address, port);
    turn *have = *at;
    if (have != NULL && have->owner == owner && --have->times == 0) {
        *at = have->next;
        free(have);
    }
    (void)pthread_mutex_unlock(&t->mutex);
}

void turns_give_all(turns *t, const void *owner)
{
    (void)pthread_mutex_lock(&t->mutex);
    for (turn **at = &t->first; *at != NULL;) {
        turn *have = *at;
        if (have->owner == owner) {
            *at = have->next;
            free(have);
        } else {
            at = &have->next;
        }
    }
    (void)pthread_mutex_unlock(&t->mutex);
}
