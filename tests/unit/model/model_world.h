/* A database with the core's tables, and what the tests of devices and runs do with it. */
#ifndef PLATEN_TEST_MODEL_WORLD_H
#define PLATEN_TEST_MODEL_WORLD_H

#include "fixture.h"

#include "core/model/device.h"

/* The fixture's store, brought to the core's newest schema, with the agents 1 and 2. */
store *world_open(void **state);

int64_t world_number(store *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_text(store *s, char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void world_run(store *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define assert_number(wanted, ...) assert_int_equal(world_number(s, __VA_ARGS__), wanted)
#define assert_text(wanted, ...)                                                                   \
    do {                                                                                           \
        char text_[4096];                                                                          \
        world_text(s, text_, sizeof(text_), __VA_ARGS__);                                          \
        assert_string_equal(text_, wanted);                                                        \
    } while (0)

/* The report of a JSON text with ' for ". */
report *world_report(const char *text);
cJSON *world_json(const char *text);

/* Registers what a search found, as device_register() does; the id is in the change. */
device_change world_register(store *s, const char *address, const char *report_text, int64_t now);
device_change world_register_at(store *s, const char *address, const char *hostname,
                                const char *report_text, int64_t now);

#endif
