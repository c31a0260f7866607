/* See pack_fixture.h. */
#include "pack_fixture.h"

#include <unistd.h>

#define NOW 1767225600000

static void path_in(const char *folder, const char *name, char out[96])
{
    (void)snprintf(out, 96, "%s/%s", folder, name);
}

void pack_put(const pack_fixture *f, const char *name, const char *text)
{
    char path[FILE_PATH];
    for (const char *at = strchr(name, '/'); at != NULL; at = strchr(at + 1, '/')) {
        (void)snprintf(path, sizeof(path), "%s/%.*s", f->source, (int)(at - name), name);
        assert_int_equal(file_make_dir(path, 0700, NULL), PLATEN_OK);
    }
    (void)snprintf(path, sizeof(path), "%s/%s", f->source, name);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), PLATEN_OK);
}

void pack_manifest(const pack_fixture *f, const char *kind, const char *name, const char *more)
{
    char text[2048];
    (void)snprintf(text, sizeof(text),
                   "{\"format\":1,\"kind\":\"%s\",\"name\":\"%s\",\"version\":\"1.2.0\","
                   "\"title\":\"Hello\"%s}",
                   kind, name, more);
    pack_put(f, "manifest.json", text);
}

int pack_set_up(void **state)
{
    pack_fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/platen-pack.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    path_in(f->folder, "source", f->source);
    path_in(f->folder, "hello.ppk", f->file);
    path_in(f->folder, "key.pem", f->key);
    path_in(f->folder, "public.pem", f->public_key);
    path_in(f->folder, "trust", f->trust);
    assert_int_equal(file_make_dir(f->source, 0700, NULL), PLATEN_OK);
    pack_manifest(f, "plugin", "hello",
                  ",\"publisher\":\"Acme\",\"api\":\"1.2\",\"platen\":\"0.1.0\","
                  "\"roles\":[\"manager\"],\"tables\":[\"hello_greeting\"],"
                  "\"functions\":[\"hello\"],\"downgrade\":\"1.1.0\","
                  "\"needs\":[{\"name\":\"printer-mib\",\"version\":\"1.0.0\"}]");
    pack_put(f, "LICENSE", "do what you like\n");
    pack_put(f, "CHANGELOG.md", "1.2.0: greets\n");
    pack_put(f, "lib/x86_64/hello.so", "code");
    pack_put(f, "lib/aarch64/hello.so", "other code");
    pack_put(f, "share/locales/en.json", "{}");
    *state = f;
    return 0;
}

int pack_tear_down(void **state)
{
    pack_fixture *f = *state;
    assert_int_equal(file_remove_tree(f->folder, NULL), PLATEN_OK);
    free(f);
    return 0;
}

void pack_build(const pack_fixture *f)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (ppk_build(f->source, f->file, 0, &err) != PLATEN_OK) {
        fail_msg("cannot build: %s", err.text);
    }
}

void pack_sign(pack_fixture *f)
{
    char *pem = NULL;
    size_t length = 0;
    trust *t = NULL;
    pack_build(f);
    assert_int_equal(ppk_keygen(f->key, f->public_key, f->id, NULL), PLATEN_OK);
    assert_int_equal(ppk_sign(f->file, f->key, NULL, NULL), PLATEN_OK);
    assert_int_equal(file_read(f->public_key, 4096, &pem, &length, NULL), PLATEN_OK);
    assert_int_equal(trust_open(f->trust, &t, NULL), PLATEN_OK);
    assert_int_equal(trust_add(t, "Acme", pem, NOW, 0, NULL, NULL), PLATEN_OK);
    trust_close(t);
    free(pem);
}

trust *pack_trust(const pack_fixture *f)
{
    trust *t = NULL;
    assert_int_equal(trust_open(f->trust, &t, NULL), PLATEN_OK);
    return t;
}

zip_t *pack_edit(const pack_fixture *f)
{
    zip_t *zip = zip_open(f->file, ZIP_CREATE, NULL);
    assert_non_null(zip);
    return zip;
}

void pack_add(zip_t *zip, const char *name, const void *data, size_t length)
{
    zip_source_t *source = zip_source_buffer(zip, data, length, 0);
    assert_non_null(source);
    assert_true(zip_file_add(zip, name, source, ZIP_FL_OVERWRITE) >= 0);
}

void pack_close(zip_t *zip)
{
    assert_int_equal(zip_close(zip), 0);
}

void pack_refused(const pack_fixture *f, const char *word, const char *part)
{
    platen_error err = PLATEN_ERROR_INIT;
    const char *got = NULL;
    ppk *p = NULL;
    assert_int_not_equal(ppk_open(f->file, &p, &got, &err), PLATEN_OK);
    assert_null(p);
    if (strcmp(got, word) != 0 || strstr(err.text, part) == NULL) {
        fail_msg("refused as '%s': %s", got, err.text);
    }
}
