/* What an installation, a removal and a roll-back would make of the list: PRF-36, PRF-44, PRF-50.
 */
#include "pack_fixture.h"

#include "core/base/json.h"
#include "core/pack/install.h"
#include "core/pack/journal.h"
#include "core/pack/upload.h"

static const install_builtin builtin[] = {{"printer-mib", "1.4.0"}};

static install_context context(const pack_fixture *f)
{
    return (install_context){
        .data = f->folder, .platen = "0.1.0", .by = "test", .builtin = builtin, .builtin_count = 1};
}

/* A package of that name and version that is ready; `more` are members of its entry. */
static void make_ready(const pack_fixture *f, const char *name, const char *number,
                       const char *more, char id[UPLOAD_ID])
{
    char entry[512];
    cJSON *upload = NULL;
    cJSON *tree = NULL;
    const upload_new of = {.file_name = "x.ppk", .size = 10, .by = "test"};
    assert_int_equal(upload_create(f->folder, &of, id, NULL), PLATEN_OK);
    assert_int_equal(upload_get(f->folder, id, &upload, NULL), PLATEN_OK);
    (void)snprintf(entry, sizeof(entry), "{\"name\":\"%s\",\"version\":\"%s\"%s}", name, number,
                   more);
    assert_int_equal(json_parse(entry, strlen(entry), &tree, NULL), PLATEN_OK);
    assert_true(cJSON_AddItemToObject(upload, "entry", tree));
    assert_int_equal(upload_step(f->folder, upload, "ready", "", "", NULL), PLATEN_OK);
    cJSON_Delete(upload);
}

/* Puts a plan in force, as the supervisor does. */
static void keep(const pack_fixture *f, cJSON *journal)
{
    assert_int_equal(active_put(f->folder, json_get_object(journal, "after"), NULL), PLATEN_OK);
    cJSON_Delete(journal);
}

static const char *install_one(const pack_fixture *f, const char *name, const char *number,
                               const char *more)
{
    install_context c = context(f);
    char id[UPLOAD_ID];
    const char *ids[] = {id};
    const char *word = "";
    cJSON *journal = NULL;
    make_ready(f, name, number, more, id);
    if (install_plan(&c, ids, 1, &journal, &word, NULL) == PLATEN_OK) {
        keep(f, journal);
        word = "";
    }
    assert_int_equal(upload_remove(f->folder, id, true, NULL), PLATEN_OK);
    return word;
}

static const char *version_of(const pack_fixture *f, const char *name)
{
    static char text[64];
    cJSON *active = NULL;
    active_package p = {.version = ""};
    assert_int_equal(active_list(f->folder, &active, NULL), PLATEN_OK);
    (void)active_find(active, name, &p);
    (void)snprintf(text, sizeof(text), "%s", p.version);
    cJSON_Delete(active);
    return text;
}

static const char *roll_back(const pack_fixture *f, const char *name)
{
    install_context c = context(f);
    const char *word = "";
    cJSON *journal = NULL;
    if (install_plan_rollback(&c, name, &journal, &word, NULL) == PLATEN_OK) {
        keep(f, journal);
        return "";
    }
    return word;
}

static void test_install__versions(void **state)
{
    const pack_fixture *f = *state;
    assert_string_equal(install_one(f, "guest", "1.0.0", ""), "");
    assert_string_equal(install_one(f, "guest", "1.0.0", ""), "same-version");
    assert_string_equal(install_one(f, "guest", "0.9.0", ""), "downgrade");
    assert_string_equal(install_one(f, "guest", "1.1.0", ",\"downgrade\":\"1.0.0\""), "");
    assert_string_equal(version_of(f, "guest"), "1.1.0");
    assert_string_equal(install_one(f, "guest", "0.9.0", ""), "downgrade");
    assert_string_equal(roll_back(f, "guest"), "");
    assert_string_equal(version_of(f, "guest"), "1.0.0");
    assert_string_equal(roll_back(f, "guest"), "no-previous");
    assert_true(install_newer_ok("plugin:guest", f->folder, "0.1.0"));
    assert_false(install_newer_ok("plugin:other", f->folder, "0.1.0"));
    assert_false(install_newer_ok("device", f->folder, "0.1.0"));
    assert_string_equal(install_one(f, "guest", "2.0.0", ""), "");
    assert_string_equal(roll_back(f, "guest"), "downgrade");
    assert_false(install_newer_ok("plugin:guest", f->folder, "0.1.0"));
}

static void test_install__product(void **state)
{
    const pack_fixture *f = *state;
    assert_string_equal(install_one(f, "platen", "0.1.0", ""), "same-version");
    assert_string_equal(install_one(f, "platen", "0.0.9", ""), "downgrade");
    assert_string_equal(install_one(f, "platen", "0.2.0", ",\"downgrade\":\"0.1.0\""), "");
    assert_true(
        install_newer_ok("device", f->folder, "0.1.0")); /* the program that was there first */
    assert_string_equal(roll_back(f, "platen"), "");
    assert_string_equal(version_of(f, "platen"), "");
    assert_string_equal(install_one(f, "platen", "0.3.0", ""), "");
    assert_string_equal(roll_back(f, "platen"), "downgrade");
}

static void test_install__needs(void **state)
{
    const pack_fixture *f = *state;
    install_context c = context(f);
    char ids[2][UPLOAD_ID];
    const char *both[] = {ids[0], ids[1]};
    const char *word = "";
    cJSON *journal = NULL;
    assert_string_equal(
        install_one(f, "a", "1.0.0", ",\"needs\":[{\"name\":\"b\",\"version\":\"1.0.0\"}]"),
        "needs");
    assert_string_equal(
        install_one(f, "a", "1.0.0",
                    ",\"needs\":[{\"name\":\"printer-mib\",\"version\":\"2.0.0\"}]"),
        "needs");
    make_ready(f, "a", "1.0.0", ",\"needs\":[{\"name\":\"b\",\"version\":\"1.0.0\"}]", ids[0]);
    make_ready(f, "b", "1.2.0", ",\"needs\":[{\"name\":\"printer-mib\",\"version\":\"1.0.0\"}]",
               ids[1]);
    assert_int_equal(install_plan(&c, both, 2, &journal, &word, NULL), PLATEN_OK);
    active_package first;
    assert_true(active_get(json_get_object(journal, "after"), 0, &first));
    assert_string_equal(first.name, "b"); /* what is needed loads first */
    keep(f, journal);
    /* A manager that has loaded it counts it among its plugins: it did not come with Platen. */
    const install_builtin loaded[] = {{"printer-mib", "1.4.0"}, {"b", "1.2.0"}};
    c.builtin = loaded;
    c.builtin_count = 2;
    assert_int_equal(install_plan_removal(&c, "b", false, &journal, &word, NULL), PLATEN_E_STATE);
    assert_string_equal(word, "needs");
    /* Nor is it believed to have come with Platen where that is not known: platend admin. */
    c.any_builtin = true;
    c.builtin_count = 0;
    word = "";
    assert_int_equal(install_plan_removal(&c, "b", false, &journal, &word, NULL), PLATEN_E_STATE);
    assert_string_equal(word, "needs");
    c.any_builtin = false;
    c.builtin_count = 2;
    assert_int_equal(install_plan_removal(&c, "c", false, &journal, &word, NULL),
                     PLATEN_E_NOT_FOUND);
    assert_int_equal(install_plan_removal(&c, "a", true, &journal, &word, NULL), PLATEN_OK);
    assert_int_equal(cJSON_GetArraySize(json_get_array(journal, "drop")), 0 + 1);
    cJSON_Delete(journal);
    /* Both again, and now each needs the other. */
    make_ready(f, "x", "1.0.0", ",\"needs\":[{\"name\":\"y\",\"version\":\"1.0.0\"}]", ids[0]);
    make_ready(f, "y", "1.0.0", ",\"needs\":[{\"name\":\"x\",\"version\":\"1.0.0\"}]", ids[1]);
    assert_int_equal(install_plan(&c, both, 2, &journal, &word, NULL), PLATEN_E_STATE);
    assert_string_equal(word, "cycle");
    both[1] = ids[0];
    assert_int_equal(install_plan(&c, both, 2, &journal, &word, NULL), PLATEN_E_STATE);
    assert_string_equal(word, "twice");
}

/* A line that a power cut has cut stands in nobody's way. */
static void test_install__history(void **state)
{
    const pack_fixture *f = *state;
    char path[FILE_PATH];
    cJSON *lines = NULL;
    cJSON *line = cJSON_Parse("{\"name\":\"a\",\"event\":\"installed\"}");
    assert_int_equal(file_join(path, f->folder, FUNCTIONS_FOLDER, NULL), PLATEN_OK);
    assert_int_equal(file_make_dir(path, 0700, NULL), PLATEN_OK);
    assert_int_equal(active_path(f->folder, "history.jsonl", path, NULL), PLATEN_OK);
    assert_int_equal(file_write(path, "{\"name\":\"b\"}\n{\"na", 17, 0600, NULL), PLATEN_OK);
    assert_int_equal(history_add(f->folder, line, NULL), PLATEN_OK);
    assert_int_equal(history_read(f->folder, NULL, 10, &lines, NULL), PLATEN_OK);
    assert_int_equal(cJSON_GetArraySize(lines), 2);
    assert_string_equal(json_get_text(cJSON_GetArrayItem(lines, 0), "name", ""), "a");
    cJSON_Delete(lines);
    assert_int_equal(history_read(f->folder, "b", 10, &lines, NULL), PLATEN_OK);
    assert_int_equal(cJSON_GetArraySize(lines), 1);
    cJSON_Delete(lines);
    cJSON_Delete(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_install__versions, pack_set_up, pack_tear_down),
        cmocka_unit_test_setup_teardown(test_install__product, pack_set_up, pack_tear_down),
        cmocka_unit_test_setup_teardown(test_install__needs, pack_set_up, pack_tear_down),
        cmocka_unit_test_setup_teardown(test_install__history, pack_set_up, pack_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
