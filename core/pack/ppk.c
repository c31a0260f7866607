/* Opening a package: the zip file around it, its entries against its manifest, its contents. */
#include "core/pack/ppk_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/base/text.h"

#define CHUNK 65536
#define RATIO_FROM (1u << 20)
/* The end of a zip file (APPNOTE.TXT 4.3.15, 4.3.16): the record, its comment, the zip64 locator
 * before it. */
#define END_RECORD 22
#define END_COMMENT 65535
#define END_LOCATOR 20

platen_code ppk_refuse(const char **word, const char *which, platen_error *err, platen_code code,
                       const char *format, ...)
{
    va_list list;
    if (word != NULL) {
        *word = which;
    }
    va_start(list, format);
    (void)error_set_va(err, code, format, list);
    va_end(list);
    return code;
}

/* ---- the zip file ---- */

/*
 * A zip64 end record may say that there are millions of entries, for which libzip would take memory
 * before anybody can look; the plain one says at most 65,535. No package needs zip64.
 */
static platen_code check_end(FILE *file, int64_t size, const char **word, platen_error *err)
{
    unsigned char *tail = malloc(END_RECORD + END_COMMENT + END_LOCATOR);
    int64_t length = END_RECORD + END_COMMENT + END_LOCATOR;
    length = size < length ? size : length;
    platen_code rc = PLATEN_OK;
    if (tail == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a package");
    }
    if (fseek(file, (long)(size - length), SEEK_SET) != 0 ||
        fread(tail, 1, (size_t)length, file) != (size_t)length) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot read the package");
    }
    for (int64_t i = END_LOCATOR; rc == PLATEN_OK && i + END_RECORD <= length; i++) {
        if (memcmp(tail + i, "PK\5\6", 4) == 0 &&
            memcmp(tail + i - END_LOCATOR, "PK\6\7", 4) == 0) {
            rc = ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                            "the package is a zip64 file, which packages are not");
        }
    }
    free(tail);
    return rc;
}

static platen_code check_file(const char *path, const char **word, platen_error *err)
{
    struct stat status;
    FILE *file = fopen(path, "rbe");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        platen_code rc = error_sys(err, errno == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errno,
                                   "cannot open '%s'", path);
        if (file != NULL) {
            (void)fclose(file);
        }
        return rc;
    }
    platen_code rc = PLATEN_OK;
    if (!S_ISREG(status.st_mode) || status.st_size < END_RECORD) {
        rc = ppk_refuse(word, "not-a-package", err, PLATEN_E_MALFORMED, "'%s' is no package", path);
    } else if (status.st_size > PPK_PACKED_MOST) {
        rc = ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                        "the package has %" PRId64 " bytes, %lld are the limit",
                        (int64_t)status.st_size, PPK_PACKED_MOST);
    } else {
        rc = check_end(file, (int64_t)status.st_size, word, err);
    }
    (void)fclose(file);
    return rc;
}

static platen_code open_zip(ppk *p, const char **word, platen_error *err)
{
    int number = 0;
    PLATEN_TRY(check_file(p->path, word, err));
    p->zip = zip_open(p->path, ZIP_RDONLY | ZIP_CHECKCONS, &number);
    if (p->zip != NULL) {
        return PLATEN_OK;
    }
    zip_error_t why;
    zip_error_init_with_code(&why, number);
    bool none = number == ZIP_ER_NOZIP;
    platen_code rc = number == ZIP_ER_MEMORY
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", p->path)
                         : ppk_refuse(word, none ? "not-a-package" : "damaged", err,
                                      PLATEN_E_MALFORMED, "'%s' is %s: %s", p->path,
                                      none ? "no package" : "damaged", zip_error_strerror(&why));
    zip_error_fini(&why);
    return rc;
}

/* ---- entries ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const ppk_entry *)a)->name, ((const ppk_entry *)b)->name);
}

static int by_folded_name(const void *a, const void *b)
{
    return strcasecmp(((const ppk_entry *)a)->name, ((const ppk_entry *)b)->name);
}

/* Files only: no link, device, folder, no bits that give rights away. */
static bool is_plain(zip_t *zip, zip_uint64_t index)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(zip, index, 0, &system, &attributes) != 0) {
        return false;
    }
    mode_t mode = (mode_t)(attributes >> 16);
    mode_t type = mode & S_IFMT;
    return (type == 0 || type == S_IFREG) && (mode & (S_ISUID | S_ISGID | S_ISVTX)) == 0 &&
           (attributes & 0x10) == 0; /* a folder, as DOS says it */
}

static platen_code look_at(ppk *p, zip_uint64_t index, ppk_entry *entry, const char **word,
                           platen_error *err)
{
    zip_stat_t s;
    const zip_uint64_t wanted =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    zip_stat_init(&s);
    const char *name = zip_get_name(p->zip, index, ZIP_FL_ENC_RAW);
    if (name == NULL || zip_stat_index(p->zip, index, 0, &s) != 0 || (s.valid & wanted) != wanted) {
        return ppk_refuse(word, "damaged", err, PLATEN_E_MALFORMED, "the package is damaged: %s",
                          zip_strerror(p->zip));
    }
    if (!ppk_path_ok(name)) {
        strbuf shown;
        strbuf_init(&shown);
        text_escape(&shown, name, strlen(name));
        platen_code rc = ppk_refuse(word, "bad-name", err, PLATEN_E_INVAL,
                                    "'%.80s' is no name for a file of a package", shown.data);
        strbuf_fini(&shown);
        return rc;
    }
    if (!is_plain(p->zip, index)) {
        return ppk_refuse(word, "special-file", err, PLATEN_E_INVAL,
                          "'%s' is a link, a folder or another special file", name);
    }
    if ((s.comp_method != ZIP_CM_STORE && s.comp_method != ZIP_CM_DEFLATE) ||
        s.encryption_method != ZIP_EM_NONE) {
        return ppk_refuse(word, "damaged", err, PLATEN_E_INVAL,
                          "'%s' is encrypted or packed in another way than deflate", name);
    }
    if (s.size > RATIO_FROM && s.size / (s.comp_size + 1) >= PPK_RATIO_MOST) {
        return ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                          "'%s' unpacks from %" PRIu64 " to %" PRIu64
                          " bytes, more than %d times as much",
                          name, (uint64_t)s.comp_size, (uint64_t)s.size, PPK_RATIO_MOST);
    }
    *entry = (ppk_entry){name, index, s.size};
    return PLATEN_OK;
}

static platen_code list_entries(ppk *p, ppk_entry *entries, size_t count, const char **word,
                                platen_error *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(look_at(p, i, &entries[i], word, err));
        total = entries[i].size > PPK_UNPACKED_MOST ? UINT64_MAX : total + entries[i].size;
        if (total > PPK_UNPACKED_MOST) {
            return ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                              "the package unpacks to more than %lld bytes", PPK_UNPACKED_MOST);
        }
    }
    qsort(entries, count, sizeof(*entries), by_folded_name);
    for (size_t i = 1; i < count; i++) {
        if (by_folded_name(&entries[i - 1], &entries[i]) == 0) {
            return ppk_refuse(word, "duplicate", err, PLATEN_E_INVAL,
                              "'%s' and '%s' are the same name", entries[i - 1].name,
                              entries[i].name);
        }
    }
    qsort(entries, count, sizeof(*entries), by_name);
    return PLATEN_OK;
}

static const ppk_entry *find_entry(const ppk_entry *entries, size_t count, const char *name)
{
    ppk_entry key = {name, 0, 0};
    return bsearch(&key, entries, count, sizeof(key), by_name);
}

/* A whole entry in memory, which has at most `limit` bytes. */
static platen_code read_entry(ppk *p, const ppk_entry *entry, uint64_t limit, char **data,
                              const char **word, platen_error *err)
{
    if (entry->size > limit) {
        return ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                          "%s has %" PRIu64 " bytes, %" PRIu64 " are the limit", entry->name,
                          entry->size, limit);
    }
    char *bytes = malloc((size_t)entry->size + 1);
    zip_file_t *file = bytes != NULL ? zip_fopen_index(p->zip, entry->index, 0) : NULL;
    char past = 0;
    platen_code rc = PLATEN_OK;
    if (bytes == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", entry->name);
    }
    if (file == NULL || zip_fread(file, bytes, entry->size) != (zip_int64_t)entry->size ||
        zip_fread(file, &past, 1) != 0) { /* the checksum is looked at behind the end */
        rc = ppk_refuse(word, "damaged", err, PLATEN_E_MALFORMED, "%s is damaged", entry->name);
    }
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    if (rc != PLATEN_OK) {
        free(bytes);
        return rc;
    }
    bytes[entry->size] = '\0';
    *data = bytes;
    return PLATEN_OK;
}

/* ---- entries against the manifest ---- */

/* No file may stand where another one needs a folder. */
static platen_code check_folders(const ppk_entry *entries, size_t count, const char *path,
                                 const char **word, platen_error *err)
{
    char folder[PPK_PATH];
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        (void)snprintf(folder, sizeof(folder), "%.*s", (int)(at - path), path);
        if (find_entry(entries, count, folder) != NULL) {
            return ppk_refuse(word, "bad-name", err, PLATEN_E_INVAL, "'%s' is a file and a folder",
                              folder);
        }
    }
    return PLATEN_OK;
}

static platen_code wrong_files(const char **word, platen_error *err, const char *path,
                               const char *what)
{
    return ppk_refuse(word, "wrong-files", err, PLATEN_E_INVAL, "'%s' %s", path, what);
}

/* Both lists are sorted; each file must be an entry of its size, and no other entry may be there.
 */
static platen_code compare(ppk *p, const ppk_entry *entries, size_t count, const char **word,
                           platen_error *err)
{
    const ppk_manifest *m = &p->about;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const ppk_entry *entry = &entries[i];
        if (strcmp(entry->name, PPK_MANIFEST) == 0 || strcmp(entry->name, PPK_SIGNATURE) == 0) {
            continue;
        }
        int order = at < m->file_count ? strcmp(m->files[at].path, entry->name) : 1;
        if (order < 0) {
            return wrong_files(word, err, m->files[at].path, "is in the manifest and not there");
        }
        if (order > 0) {
            return wrong_files(word, err, entry->name, "is there and not in the manifest");
        }
        if (!ppk_path_belongs(m, entry->name)) {
            return wrong_files(word, err, entry->name, "does not belong into such a package");
        }
        if ((uint64_t)m->files[at].size != entry->size) {
            return wrong_files(word, err, entry->name, "is not as long as the manifest says");
        }
        PLATEN_TRY(check_folders(entries, count, entry->name, word, err));
        p->index[at++] = entry->index;
    }
    return at == m->file_count
               ? PLATEN_OK
               : wrong_files(word, err, m->files[at].path, "is in the manifest and not there");
}

static bool has_file(const ppk_manifest *m, const char *path)
{
    ppk_file key = {path, 0, ""};
    size_t low = 0;
    size_t high = m->file_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(m->files[middle].path, key.path);
        if (order == 0) {
            return true;
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return false;
}

/* What a package of its kind cannot be without. */
static platen_code check_complete(const ppk_manifest *m, const char **word, platen_error *err)
{
    char path[PPK_PATH];
    bool profiles = m->kind != PPK_PROFILES;
    if (!has_file(m, "LICENSE")) {
        return wrong_files(word, err, "LICENSE", "is missing");
    }
    for (size_t i = 0; m->arch[i] != NULL; i++) {
        (void)snprintf(path, sizeof(path),
                       m->kind == PPK_PRODUCT ? "bin/%s/platend" : "lib/%s/%s.so", m->arch[i],
                       m->name);
        if (!has_file(m, path)) {
            return wrong_files(word, err, path, "is missing");
        }
    }
    for (size_t i = 0; !profiles && i < m->file_count; i++) {
        profiles = text_begins(m->files[i].path, "share/profiles/");
    }
    return profiles ? PLATEN_OK : wrong_files(word, err, "share/profiles/", "is empty");
}

static platen_code read_manifest(ppk *p, const ppk_entry *entries, size_t count, const char **word,
                                 platen_error *err)
{
    const ppk_entry *entry = find_entry(entries, count, PPK_MANIFEST);
    if (entry == NULL) {
        return ppk_refuse(word, "not-a-package", err, PLATEN_E_MALFORMED,
                          "'%s' is no package: it has no %s", p->path, PPK_MANIFEST);
    }
    PLATEN_TRY(read_entry(p, entry, PPK_MANIFEST_MOST, &p->text, word, err));
    p->length = (size_t)entry->size;
    PLATEN_TRY(digest_bytes(p->text, p->length, p->digest, err));
    platen_code rc = ppk_manifest_read(p->text, p->length, p->memory, &p->about, err);
    if (rc != PLATEN_OK) {
        if (word != NULL && rc != PLATEN_E_NOMEM) {
            *word = "manifest";
        }
        return rc;
    }
    p->index = arena_alloc_array(p->memory, p->about.file_count + 1, sizeof(*p->index));
    if (p->index == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", p->path);
    }
    PLATEN_TRY(compare(p, entries, count, word, err));
    return check_complete(&p->about, word, err);
}

static platen_code read_signature(ppk *p, const ppk_entry *entries, size_t count, const char **word,
                                  platen_error *err)
{
    const ppk_entry *entry = find_entry(entries, count, PPK_SIGNATURE);
    char *text = NULL;
    cJSON *tree = NULL;
    size_t length = 0;
    if (entry == NULL) {
        return PLATEN_OK;
    }
    p->is_signed = true;
    PLATEN_TRY(read_entry(p, entry, PPK_SIGNATURE_MOST, &text, word, err));
    bool ok = json_parse(text, (size_t)entry->size, &tree, NULL) == PLATEN_OK;
    const char *key = ok ? json_get_text(tree, "key", "") : "";
    ok = ok && strlen(key) == TRUST_ID - 1 && strspn(key, "0123456789abcdef") == TRUST_ID - 1 &&
         text_unbase64(json_get_text(tree, "signature", ""), p->signature, sizeof(p->signature),
                       &length) &&
         length == sizeof(p->signature);
    if (ok) {
        memcpy(p->key, key, TRUST_ID);
    }
    cJSON_Delete(tree);
    free(text);
    return ok ? PLATEN_OK
              : ppk_refuse(word, "signature", err, PLATEN_E_INVAL,
                           "%s is not {\"key\",\"signature\"}", PPK_SIGNATURE);
}

static platen_code open_package(ppk *p, const char **word, platen_error *err)
{
    PLATEN_TRY(open_zip(p, word, err));
    zip_int64_t count = zip_get_num_entries(p->zip, 0);
    if (count > PPK_FILES_MOST) {
        return ppk_refuse(word, "too-large", err, PLATEN_E_TOO_LARGE,
                          "the package has %" PRId64 " files, %d are the limit", (int64_t)count,
                          PPK_FILES_MOST);
    }
    ppk_entry *entries = arena_alloc_array(p->memory, (size_t)count + 1, sizeof(*entries));
    if (entries == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", p->path);
    }
    PLATEN_TRY(list_entries(p, entries, (size_t)count, word, err));
    PLATEN_TRY(read_manifest(p, entries, (size_t)count, word, err));
    return read_signature(p, entries, (size_t)count, word, err);
}

platen_code ppk_open(const char *path, ppk **out, const char **word, platen_error *err)
{
    ppk *p = calloc(1, sizeof(*p));
    if (word != NULL) {
        *word = "";
    }
    if (p == NULL || (p->path = strdup(path)) == NULL || (p->memory = arena_new()) == NULL) {
        ppk_close(p);
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", path);
    }
    platen_code rc = open_package(p, word, err);
    if (rc != PLATEN_OK) {
        ppk_close(p);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

void ppk_close(ppk *p)
{
    if (p == NULL) {
        return;
    }
    if (p->zip != NULL) {
        zip_discard(p->zip);
    }
    if (p->memory != NULL) {
        arena_free(p->memory);
    }
    free(p->text);
    free(p->path);
    free(p);
}

const ppk_manifest *ppk_about(const ppk *p)
{
    return &p->about;
}

const char *ppk_manifest_text(const ppk *p, size_t *length)
{
    if (length != NULL) {
        *length = p->length;
    }
    return p->text;
}

const char *ppk_digest(const ppk *p)
{
    return p->digest;
}

bool ppk_is_signed(const ppk *p)
{
    return p->is_signed;
}

const char *ppk_key(const ppk *p)
{
    return p->key;
}

/* ---- contents ---- */

static platen_code pour(ppk *p, const ppk_file *about, zip_file_t *file, EVP_MD_CTX *hash,
                        ppk_sink *sink, void *to, const char **word, platen_error *err)
{
    unsigned char chunk[CHUNK];
    unsigned char bytes[EVP_MAX_MD_SIZE];
    char digest[DIGEST_TEXT];
    int64_t total = 0;
    zip_int64_t got = 0;
    bool hashed = EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while ((got = zip_fread(file, chunk, sizeof(chunk))) > 0) {
        total += got;
        if (total > about->size) {
            break;
        }
        hashed = hashed && EVP_DigestUpdate(hash, chunk, (size_t)got) == 1;
        if (sink != NULL) {
            PLATEN_TRY(sink(to, chunk, (size_t)got, err));
        }
    }
    if (got < 0 || total != about->size) {
        return ppk_refuse(word, "damaged", err, PLATEN_E_CORRUPT, "'%s' of '%s' is damaged",
                          about->path, p->path);
    }
    if (!hashed || EVP_DigestFinal_ex(hash, bytes, NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a digest");
    }
    text_hex(digest, bytes, (DIGEST_TEXT - 1) / 2);
    return strcmp(digest, about->digest) == 0
               ? PLATEN_OK
               : ppk_refuse(word, "digest", err, PLATEN_E_CORRUPT,
                            "'%s' has the digest %.16s..., the manifest says %.16s...", about->path,
                            digest, about->digest);
}

platen_code ppk_pour(ppk *p, size_t file, ppk_sink *sink, void *to, const char **word,
                     platen_error *err)
{
    const ppk_file *about = &p->about.files[file];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    zip_file_t *from = hash != NULL ? zip_fopen_index(p->zip, p->index[file], 0) : NULL;
    platen_code rc = PLATEN_OK;
    if (hash == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a digest");
    }
    if (from == NULL) {
        rc = ppk_refuse(word, "damaged", err, PLATEN_E_CORRUPT, "'%s' is damaged: %s", about->path,
                        zip_strerror(p->zip));
    } else {
        rc = pour(p, about, from, hash, sink, to, word, err);
        (void)zip_fclose(from);
    }
    EVP_MD_CTX_free(hash);
    return rc;
}

platen_code ppk_check_digests(ppk *p, const char **word, platen_error *err)
{
    for (size_t i = 0; i < p->about.file_count; i++) {
        PLATEN_TRY(ppk_pour(p, i, NULL, NULL, word, err));
    }
    return PLATEN_OK;
}

typedef struct memory_sink {
    char *data;
    size_t length;
} memory_sink;

static platen_code into_memory(void *to, const void *data, size_t length, platen_error *err)
{
    memory_sink *sink = to;
    (void)err; /* ppk_pour() gives no more than the file's size */
    memcpy(sink->data + sink->length, data, length);
    sink->length += length;
    return PLATEN_OK;
}

platen_code ppk_read(ppk *p, const char *path, size_t limit, char **data, size_t *length,
                     platen_error *err)
{
    size_t i = 0;
    while (i < p->about.file_count && strcmp(p->about.files[i].path, path) != 0) {
        i++;
    }
    if (i == p->about.file_count) {
        return PLATEN_E_NOT_FOUND;
    }
    size_t size = (size_t)p->about.files[i].size;
    if (size > limit) {
        return error_set(err, PLATEN_E_TOO_LARGE, "'%s' has %zu bytes, %zu are the limit", path,
                         size, limit);
    }
    memory_sink sink = {malloc(size + 1), 0};
    if (sink.data == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", path);
    }
    platen_code rc = ppk_pour(p, i, into_memory, &sink, NULL, err);
    if (rc != PLATEN_OK) {
        free(sink.data);
        return rc;
    }
    sink.data[sink.length] = '\0';
    *data = sink.data;
    *length = sink.length;
    return PLATEN_OK;
}
