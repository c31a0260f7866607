/* Files written whole, paths that stay in their folder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"

static void test_file__writes_and_reads_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/platen-file-XXXXXX";
    char path[FILE_PATH];
    char *data = NULL;
    size_t length = 0;
    struct stat st;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(file_join(path, folder, "x", NULL), PLATEN_OK);
    assert_int_equal(file_write(path, "one", 3, 0600, NULL), PLATEN_OK);
    assert_int_equal(file_write(path, "second", 6, 0600, NULL), PLATEN_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_read(path, 100, &data, &length, NULL), PLATEN_OK);
    assert_int_equal(length, 6);
    assert_string_equal(data, "second");
    free(data);
    assert_int_equal(file_read(path, 5, &data, &length, NULL), PLATEN_E_TOO_LARGE);
    assert_int_equal(file_read(folder, 5, &data, &length, NULL), PLATEN_E_IO);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(file_read(path, 5, &data, &length, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(rmdir(folder), 0);
}

static void test_file__join_stays_in_the_folder(void **state)
{
    (void)state;
    char path[FILE_PATH];
    static const char *const wrong[] = {"/etc/passwd", "..", "../x", "a/../../x", "a/.."};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(file_join(path, "/tmp", wrong[i], NULL), PLATEN_E_INVAL);
    }
    assert_int_equal(file_join(path, "/tmp", "a..b/c", NULL), PLATEN_OK);
    assert_string_equal(path, "/tmp/a..b/c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file__writes_and_reads_whole),
        cmocka_unit_test(test_file__join_stays_in_the_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
