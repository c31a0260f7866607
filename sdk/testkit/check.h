/* The checks of `platen-sdk-check`. Each runs in a process of its own, see check_main.c. */
#ifndef PLATEN_SDK_CHECK_H
#define PLATEN_SDK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define CHECK_TEXT 400

typedef struct check_job {
    const char *plugin;    /* the shared object */
    const char *manifest;  /* or NULL */
    const char *profiles;  /* folder with profiles/ and recordings/, or NULL */
    const char *recording; /* or NULL */
} check_job;

/* Fills `why` and returns false when the plugin does not keep to it. */
typedef bool check_fn(const check_job *job, char why[CHECK_TEXT]);

check_fn check_symbols;   /* check_elf.c */
check_fn check_handshake; /* check_load.c: from here on */
check_fn check_loads_twice;
check_fn check_registrations;
check_fn check_older_host;
check_fn check_failing_calls;
check_fn check_quiet;
check_fn check_leaks;
check_fn check_migrations_empty; /* check_data.c: from here on */
check_fn check_migrations_filled;
check_fn check_callbacks;
check_fn check_manifest;
check_fn check_recording; /* check_device.c: from here on */
check_fn check_profiles;

bool check_failed(char why[CHECK_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
