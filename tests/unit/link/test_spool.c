/* The line of results: order, memory and disk, files of an earlier start, damaged files, gzip. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/link/agent_gzip.h"
#include "core/link/agent_spool.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/spool-test-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static size_t each_file(void (*visit)(const char *path))
{
    char spool[128];
    (void)snprintf(spool, sizeof(spool), "%s/spool", folder);
    DIR *d = opendir(spool);
    const struct dirent *e = NULL;
    size_t count = 0;
    while (d != NULL && (e = readdir(d)) != NULL) {
        char path[512];
        if (e->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", spool, e->d_name);
        count++;
        if (visit != NULL) {
            visit(path);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return count;
}

static void remove_file(const char *path)
{
    (void)unlink(path);
}

static int remove_folder(void **state)
{
    (void)state;
    char spool[128];
    (void)snprintf(spool, sizeof(spool), "%s/spool", folder);
    (void)each_file(remove_file);
    (void)rmdir(spool);
    return rmdir(folder);
}

static agent_spool *open_spool(size_t memory, uint64_t disk)
{
    agent_spool *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (spool_open(folder, memory, disk, &s, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return s;
}

static void put(agent_spool *s, uint64_t batch)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "[{\"batch\":%d}]", (int)batch);
    assert_int_equal(spool_put(s, batch, text, (size_t)length, NULL), PLATEN_OK);
}

static void expect_head(agent_spool *s, uint64_t batch, int content)
{
    spool_head head;
    char text[64];
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(text, sizeof(text), "[{\"batch\":%d}]", content);
    assert_int_equal(spool_peek(s, &head, &err), PLATEN_OK);
    assert_string_equal(head.text, text);
    assert_int_equal(head.length, strlen(text));
    assert_int_equal(head.batch, batch);
    free(head.text);
}

static void test_spool__keeps_the_order_over_memory_and_disk(void **state)
{
    (void)state;
    agent_spool *s = open_spool(40, 1 << 20);
    spool_head head;
    assert_int_equal(spool_peek(s, &head, NULL), PLATEN_E_NOT_FOUND);
    for (uint64_t i = 1; i <= 10; i++) {
        put(s, i);
    }
    size_t moved = 0;
    while (spool_wants_disk(s)) {
        assert_int_equal(spool_move_one(s, NULL), PLATEN_OK);
        moved++;
    }
    assert_true(moved > 0 && moved < 10);
    assert_int_equal(each_file(NULL), moved);
    for (int i = 1; i <= 10; i++) {
        expect_head(s, (uint64_t)i, i);
        expect_head(s, (uint64_t)i, i); /* looking takes nothing */
        spool_drop(s);
    }
    assert_int_equal(spool_count(s), 0);
    assert_int_equal(each_file(NULL), 0);
    spool_close(s);
}

static void test_spool__takes_over_what_an_earlier_start_left(void **state)
{
    (void)state;
    agent_spool *s = open_spool(1 << 20, 1 << 20);
    for (uint64_t i = 1; i <= 12; i++) { /* more than 9: order is by number, not by text */
        put(s, i);
    }
    assert_int_equal(spool_save(s, NULL), PLATEN_OK);
    spool_close(s);
    s = open_spool(1 << 20, 1 << 20);
    assert_int_equal(spool_count(s), 12);
    put(s, 1); /* the first of the new start */
    for (int i = 1; i <= 12; i++) {
        expect_head(s, 0, i);
        spool_drop(s);
    }
    expect_head(s, 1, 1);
    spool_close(s);
    assert_int_equal(each_file(NULL), 0); /* it was in memory only */
}

static void damage(const char *path)
{
    assert_int_equal(truncate(path, 10), 0);
}

static void test_spool__puts_damaged_files_aside(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    agent_spool *s = open_spool(1 << 20, 1 << 20);
    put(s, 1);
    assert_int_equal(spool_save(s, NULL), PLATEN_OK);
    spool_close(s);
    (void)each_file(damage);
    s = open_spool(1 << 20, 1 << 20);
    put(s, 1);
    expect_head(s, 1, 1); /* the damaged one is passed over */
    assert_int_equal(spool_count(s), 1);
    spool_close(s);
    assert_int_equal(each_file(NULL), 1); /* and still there for people */
    s = open_spool(1 << 20, 1 << 20);
    assert_int_equal(spool_count(s), 0); /* but never read again */
    spool_close(s);
}

static void test_spool__is_full_when_disk_and_memory_are(void **state)
{
    (void)state;
    agent_spool *s = open_spool(100, 1);
    uint64_t i = 0;
    while (!spool_full(s)) {
        assert_true(i < 100);
        put(s, ++i);
        while (spool_wants_disk(s)) {
            assert_int_equal(spool_move_one(s, NULL), PLATEN_OK);
        }
    }
    assert_int_equal(each_file(NULL), 1); /* the limit of one byte lets one file through */
    assert_int_equal(spool_count(s), i);  /* nothing was thrown away */
    for (int k = 1; (uint64_t)k <= i; k++) {
        expect_head(s, (uint64_t)k, k);
        spool_drop(s);
    }
    assert_false(spool_full(s));
    spool_close(s);
}

static void test_gzip__round_trip_and_limits(void **state)
{
    (void)state;
    size_t length = 3u << 20;
    char *big = calloc(1, length);
    char *packed = NULL;
    char *text = NULL;
    size_t packed_length = 0;
    size_t text_length = 0;
    assert_non_null(big);
    assert_int_equal(gzip_pack(big, length, &packed, &packed_length, NULL), PLATEN_OK);
    assert_true(packed_length < 20000);
    assert_int_equal(gzip_unpack(packed, packed_length, length, &text, &text_length, NULL),
                     PLATEN_OK);
    assert_int_equal(text_length, length);
    assert_memory_equal(text, big, length);
    free(text);
    platen_error err = PLATEN_ERROR_INIT; /* a small file that would become a large one */
    assert_int_equal(gzip_unpack(packed, packed_length, length - 1, &text, &text_length, &err),
                     PLATEN_E_TOO_LARGE);
    for (size_t cut = 0; cut < packed_length; cut += 7) {
        assert_int_equal(gzip_unpack(packed, cut, length, &text, &text_length, NULL),
                         PLATEN_E_CORRUPT);
    }
    free(packed);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spool__keeps_the_order_over_memory_and_disk,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_spool__takes_over_what_an_earlier_start_left,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_spool__puts_damaged_files_aside, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_spool__is_full_when_disk_and_memory_are, make_folder,
                                        remove_folder),
        cmocka_unit_test(test_gzip__round_trip_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
