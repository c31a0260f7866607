/* What REST handlers may reach: the manager's parts, put together by manager.c. All thread-safe. */
#ifndef PLATEN_REST_SERVICES_H
#define PLATEN_REST_SERVICES_H

#include <stdbool.h>

struct conf;
struct crier;
struct directory;
struct events;
struct installer;
struct feature;
struct link_manager;
struct notify;
struct runs;
struct secret_key;
struct store;

typedef struct services {
    struct conf *conf;
    struct store *store;
    struct secret_key *key;
    struct events *events;
    struct directory *directory; /* core/directory/directory.h: who asks LDAP servers */
    struct runs *runs;           /* core/run/run.h: tasks, runs, jobs */
    struct link_manager *link;   /* core/link/link_manager.h: agents */
    struct crier *crier;         /* core/rest/crier.h: what webhooks are told; NULL in tests */
    struct notify *notify;       /* core/notify/notify.h: mails and webhooks; NULL in tests */
    struct installer *installer; /* core/pack/installer.h: functions; NULL in tests */
    struct feature *feature;     /* core/feature: what plugins registered; NULL in tests */
    const char *data_dir;
    const char *version;
    bool maintenance; /* a new version is tried: nothing but its health is answered */
} services;

#endif
