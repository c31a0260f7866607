/* `platen sdk`: from a template to a signed package. Works on files alone: no manager is asked. */
#include "core/cli/sdk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/pack/ppk.h"

#define ENDING ".ppk"

platen_code sdk_find(const char *built, const char *installed, char path[FILE_PATH],
                     platen_error *err)
{
    char program[FILE_PATH];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length <= 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot tell where this program is");
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    *slash = '\0';
    PLATEN_TRY(file_join(path, program, built, err));
    if (file_exists(path)) {
        return PLATEN_OK;
    }
    slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    PLATEN_TRY(file_join(path, program, installed, err));
    return file_exists(path) ? PLATEN_OK
                             : error_set(err, PLATEN_E_NOT_FOUND,
                                         "'%s' is missing: is platen-dev installed?", path);
}

/* ---- pack ---- */

/* SOURCE_DATE_EPOCH, as reproducible-builds.org has it; 0 without. */
static platen_code epoch(cli *c, int64_t *out, platen_error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    *out = 0;
    if (text == NULL || text[0] == '\0' || args_number(text, 0, 4102444800, out)) {
        return PLATEN_OK;
    }
    return cli_usage(c, err, "SOURCE_DATE_EPOCH is '%s', not seconds since 1970", text);
}

/* <name>-<version>.ppk, of what was packed. */
static platen_code name_of(const char *file, char out[FILE_PATH], platen_error *err)
{
    ppk *p = NULL;
    PLATEN_TRY(ppk_open(file, &p, NULL, err));
    const ppk_manifest *m = ppk_about(p);
    (void)snprintf(out, FILE_PATH, "%s-%s" ENDING, m->name, m->version);
    ppk_close(p);
    return PLATEN_OK;
}

static platen_code build_named(const char *folder, int64_t when, char out[FILE_PATH],
                               platen_error *err)
{
    char fresh[64];
    (void)snprintf(fresh, sizeof(fresh), "package.%ld" ENDING, (long)getpid());
    PLATEN_TRY(ppk_build(folder, fresh, when, err));
    platen_code rc = name_of(fresh, out, err);
    if (rc == PLATEN_OK && rename(fresh, out) != 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", out);
    }
    if (rc != PLATEN_OK) {
        (void)unlink(fresh);
    }
    return rc;
}

static platen_code show(cli *c, const char *file, platen_error *err)
{
    ppk *p = NULL;
    PLATEN_TRY(ppk_open(file, &p, NULL, err));
    const ppk_manifest *m = ppk_about(p);
    (void)fprintf(c->out, "%s: %s %s %s, %zu files, %" PRId64 " bytes, %s%s\n", file,
                  ppk_kind_word(m->kind), m->name, m->version, m->file_count, m->size,
                  ppk_is_signed(p) ? "signed with " : "not signed", ppk_key(p));
    ppk_close(p);
    return PLATEN_OK;
}

static platen_code pack(cli *c, const args *a, platen_error *err)
{
    const char *given = args_value(a, "out");
    char file[FILE_PATH];
    int64_t when = 0;
    PLATEN_TRY(epoch(c, &when, err));
    if (given == NULL) {
        PLATEN_TRY(build_named(a->words[0], when, file, err));
    } else {
        (void)snprintf(file, sizeof(file), "%s", given);
        PLATEN_TRY(ppk_build(a->words[0], file, when, err));
    }
    return show(c, file, err);
}

static platen_code sign(cli *c, const args *a, platen_error *err)
{
    const char *key = args_value(a, "key");
    if (key == NULL) {
        return cli_usage(c, err, "--key says with which private key");
    }
    PLATEN_TRY(ppk_sign(a->words[0], key, NULL, err));
    return show(c, a->words[0], err);
}

static platen_code keygen(cli *c, const args *a, platen_error *err)
{
    char id[TRUST_ID];
    char public_file[FILE_PATH];
    char key_file[FILE_PATH];
    int length = snprintf(key_file, sizeof(key_file), "%s.key", a->words[0]);
    if (length < 0 || (size_t)length >= sizeof(key_file)) {
        return cli_usage(c, err, "the name is too long");
    }
    (void)snprintf(public_file, sizeof(public_file), "%.*s.pub", length - 4, key_file);
    PLATEN_TRY(ppk_keygen(key_file, public_file, id, err));
    (void)fprintf(c->out, "%s: keep it to yourself\n%s: for those who are to trust you, key %s\n",
                  key_file, public_file, id);
    return PLATEN_OK;
}

static const arg_option new_options[] = {{"folder", true}, {"title", true}, {NULL, false}};
static const arg_option check_options[] = {{"manifest", true}, {"recording", true}, {NULL, false}};
static const arg_option pack_options[] = {{"out", true}, {NULL, false}};
static const arg_option sign_options[] = {{"key", true}, {NULL, false}};

const cli_command sdk_commands[] = {
    {"sdk", "new", new_options, 2, 2, "driver|feature|profiles NAME [--folder DIR] [--title TEXT]",
     "Makes the folder of a new plugin or of vendor profiles: sources, manifest, tests.\n"
     "NAME is of a-z, 0-9 and '-'; the folder is DIR or ./NAME.",
     sdk_new},
    {"sdk", "check", check_options, 1, 1,
     "FILE.so|FOLDER|FILE.ppk [--manifest FILE] [--recording FILE]...",
     "Holds a plugin to the contract: one exported symbol, handshake, loading twice,\n"
     "every host call failing in turn, migrations, leaks, what it must not touch.\n"
     "Of a FOLDER with profiles each is tested with its recordings.",
     sdk_check},
    {"sdk", "pack", pack_options, 1, 1, "FOLDER [--out FILE.ppk]",
     "Packs a folder: the same folder gives the same bytes. FILE is NAME-VERSION.ppk\n"
     "unless said otherwise. SOURCE_DATE_EPOCH is the time of the files in it.",
     pack},
    {"sdk", "sign", sign_options, 1, 1, "FILE.ppk --key FILE.key",
     "Signs a package with an Ed25519 key.", sign},
    {"sdk", "keygen", NULL, 1, 1, "NAME",
     "Makes a publisher's keys: NAME.key, which signs, and NAME.pub, which is trusted.", keygen},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
