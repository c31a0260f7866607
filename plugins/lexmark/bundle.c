/* See bundle.h. Zip files by libzip, XML by expat. */
#include "bundle.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zip.h>

#define SAY(why, ...) ((void)snprintf(why, BUNDLE_WHY, __VA_ARGS__), false)

void bundle_fini(bundle *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->settings[i].name);
        free(b->settings[i].value);
    }
    free(b->settings);
    *b = (bundle){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const bundle_setting *)a)->name, ((const bundle_setting *)b)->name);
}

const bundle_setting *bundle_find(const bundle *b, const char *name)
{
    const bundle_setting key = {.name = (char *)(uintptr_t)name};
    return b->count > 0 ? bsearch(&key, b->settings, b->count, sizeof(key), by_name) : NULL;
}

bool bundle_seal(bundle *b, char *why)
{
    size_t kept = 0;
    if (b->count == 0) {
        return SAY(why, "the bundle has no device settings");
    }
    qsort(b->settings, b->count, sizeof(*b->settings), by_name);
    for (size_t i = 1; i < b->count; i++) {
        if (strcmp(b->settings[kept].name, b->settings[i].name) == 0) {
            free(b->settings[i].name);
            free(b->settings[i].value);
        } else {
            b->settings[++kept] = b->settings[i];
        }
    }
    b->count = kept + 1;
    return true;
}

/* ---- the zip file ---- */

/* Relative, in the bundle, without a step upward: nothing is unpacked to files, but a bundle that
 * tries is not one to believe. */
static bool is_path(const char *name)
{
    size_t length = strnlen(name, 256);
    return length > 0 && length < 256 && name[0] != '/' && strchr(name, '\\') == NULL &&
           strstr(name, "..") == NULL;
}

static bool is_xml(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcasecmp(name + length - 4, ".xml") == 0;
}

/* All of an entry; NULL when it is not what its directory says. The caller frees. */
static char *unpack(zip_t *archive, zip_uint64_t index, size_t size)
{
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    char *data = file != NULL ? malloc(size + 1) : NULL;
    size_t at = 0;
    zip_int64_t got = 1;
    while (data != NULL && got > 0 && at <= size) {
        got = zip_fread(file, data + at, size + 1 - at);
        at += got > 0 ? (size_t)got : 0;
    }
    bool whole = data != NULL && got == 0 && at == size;
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    if (!whole) {
        free(data);
        data = NULL;
    }
    return data;
}

static bool check_entry(const zip_stat_t *stat, size_t *unpacked, char *why)
{
    const zip_uint64_t known = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if ((stat->valid & known) != known || !is_path(stat->name)) {
        return SAY(why, "the bundle has a file that cannot be");
    }
    if (stat->size > BUNDLE_UNPACKED - *unpacked ||
        (stat->size > BUNDLE_RATIO_FREE && stat->size / BUNDLE_RATIO > stat->comp_size)) {
        return SAY(why, "the bundle unpacks to more than it may: a file of %llu bytes, packed %llu",
                   (unsigned long long)stat->size, (unsigned long long)stat->comp_size);
    }
    *unpacked += (size_t)stat->size;
    return true;
}

static bool read_entry(zip_t *archive, zip_uint64_t index, size_t *unpacked, bundle *b, char *why)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive, index, 0, &stat) != 0) {
        return SAY(why, "the bundle is damaged");
    }
    if ((stat.valid & ZIP_STAT_NAME) != 0 && is_path(stat.name) && !is_xml(stat.name)) {
        return true; /* licences, applications, pictures: not unpacked */
    }
    if (!check_entry(&stat, unpacked, why)) {
        return false;
    }
    char *xml = unpack(archive, index, (size_t)stat.size);
    bool good = xml != NULL ? bundle_parse(b, xml, (size_t)stat.size, why)
                            : SAY(why, "the bundle is damaged: %.60s", stat.name);
    free(xml);
    return good;
}

bool bundle_read(const void *zip, size_t length, bundle *out, char *why)
{
    zip_error_t error;
    size_t unpacked = 0;
    *out = (bundle){0};
    if (length > BUNDLE_BYTES) {
        return SAY(why, "a bundle of %zu bytes, %u are possible", length, BUNDLE_BYTES);
    }
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(zip, length, 0, &error);
    zip_t *archive = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (archive == NULL) {
        zip_source_free(source);
        (void)SAY(why, "the bundle is no zip file: %.100s", zip_error_strerror(&error));
        zip_error_fini(&error);
        return false;
    }
    zip_int64_t entries = zip_get_num_entries(archive, 0);
    bool good = entries >= 0 && entries <= (zip_int64_t)BUNDLE_ENTRIES
                    ? true
                    : SAY(why, "the bundle has more than %u files", BUNDLE_ENTRIES);
    for (zip_int64_t i = 0; good && i < entries; i++) {
        good = read_entry(archive, (zip_uint64_t)i, &unpacked, out, why);
    }
    zip_discard(archive);
    zip_error_fini(&error);
    good = good && bundle_seal(out, why);
    if (!good) {
        bundle_fini(out);
    }
    return good;
}

/* ---- making one ---- */

static void put_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\r': /* a parser would make it a line feed */
            (void)fputs("&#13;", out);
            break;
        default:
            (void)fputc(*text, out);
        }
    }
}

static bool make_xml(const bundle_setting *settings, size_t count, char **xml, size_t *length)
{
    FILE *out = open_memstream(xml, length);
    if (out == NULL) {
        return false;
    }
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bundle>\n<bundleInfo>\n"
                "<name>Platen</name>\n<description>Settings</description>\n</bundleInfo>\n"
                "<deviceSettings>\n",
                out);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("<setting name=\"", out);
        put_escaped(out, settings[i].name);
        (void)fputs("\">", out);
        put_escaped(out, settings[i].value);
        (void)fputs("</setting>\n", out);
    }
    (void)fputs("</deviceSettings>\n</bundle>\n", out);
    bool good = ferror(out) == 0;
    good = fclose(out) == 0 && good;
    if (!good) {
        free(*xml);
        *xml = NULL;
    }
    return good;
}

/* What libzip has written into its buffer. */
static bool take_buffer(zip_source_t *source, void **zip, size_t *length)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(source, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
        stat.size > BUNDLE_BYTES || zip_source_open(source) != 0) {
        return false;
    }
    *length = (size_t)stat.size;
    *zip = malloc(*length + 1);
    bool good = *zip != NULL && zip_source_read(source, *zip, stat.size) == (zip_int64_t)stat.size;
    (void)zip_source_close(source);
    if (!good) {
        free(*zip);
        *zip = NULL;
    }
    return good;
}

/* One file into a zip file in memory. */
static bool pack(const char *xml, size_t size, void **zip, size_t *length)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    if (target == NULL) {
        zip_error_fini(&error);
        return false;
    }
    zip_source_keep(target); /* zip_close() gives back one reference */
    zip_t *archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
    zip_error_fini(&error);
    if (archive == NULL) {
        zip_source_free(target);
        zip_source_free(target);
        return false;
    }
    zip_source_t *source = zip_source_buffer(archive, xml, size, 0);
    bool good = source != NULL;
    if (good && zip_file_add(archive, "bundle.xml", source, ZIP_FL_ENC_UTF_8) < 0) {
        zip_source_free(source);
        good = false;
    }
    if (!good || zip_close(archive) != 0) {
        zip_discard(archive);
        good = false;
    }
    good = good && take_buffer(target, zip, length);
    zip_source_free(target);
    return good;
}

bool bundle_write(const bundle_setting *settings, size_t count, void **zip, size_t *length,
                  char *why)
{
    char *xml = NULL;
    size_t size = 0;
    *zip = NULL;
    *length = 0;
    bool good = make_xml(settings, count, &xml, &size) && pack(xml, size, zip, length);
    free(xml);
    return good ? true : SAY(why, "no memory for a bundle of %zu settings", count);
}
