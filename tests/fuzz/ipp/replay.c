/*
 * replay FOLDER CHANGES: a fuzz target without libFuzzer. Gives it each file of the folder, then
 * CHANGES variants of them that a fixed seed makes. A corpus that leads nowhere is a failure.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define FILES 128
#define LONGEST 65536

typedef struct sample {
    uint8_t *data;
    size_t size;
} sample;

static sample samples[FILES];
static size_t sample_count;
static uint64_t seed = 0x9e3779b97f4a7c15u;

static size_t draw(size_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % below;
}

static void load(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = name[0] == '.' ? NULL : fopen(path, "rb");
    if (file == NULL || sample_count == FILES) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return;
    }
    uint8_t *data = malloc(LONGEST);
    if (data == NULL) {
        abort();
    }
    samples[sample_count].data = data;
    samples[sample_count].size = fread(data, 1, LONGEST, file);
    sample_count++;
    (void)fclose(file);
}

/* Octets set, bits turned, a length made huge, a piece copied elsewhere, the end cut off. */
static size_t change(uint8_t *data, size_t size)
{
    for (size_t left = 1 + draw(6); left > 0 && size > 4; left--) {
        size_t at = draw(size - 2);
        size_t from = draw(size);
        size_t length = 1 + draw(24);
        switch (draw(5)) {
        case 0:
            data[at] = (uint8_t)draw(256);
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 2:
            data[at] = data[at + 1] = 0xff;
            break;
        case 3:
            length = length > size - from ? size - from : length;
            length = length > size - at ? size - at : length;
            memmove(data + at, data + from, length);
            break;
        default:
            size -= draw(size / 4 + 1);
            break;
        }
    }
    return size;
}

/* A copy of its own size, so that the sanitizer sees a read behind its end. */
static void give(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv)
{
    static uint8_t work[LONGEST];
    DIR *folder = argc == 3 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: replay FOLDER CHANGES\n");
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        load(argv[1], entry->d_name);
    }
    (void)closedir(folder);
    for (size_t i = 0; i < sample_count; i++) {
        give(samples[i].data, samples[i].size);
    }
    uint64_t plain = fuzz_understood;
    for (long left = strtol(argv[2], NULL, 10); left > 0 && sample_count > 0; left--) {
        const sample *from = &samples[draw(sample_count)];
        memcpy(work, from->data, from->size);
        give(work, change(work, from->size));
    }
    (void)printf("%zu files, %" PRIu64 " facts of them, %" PRIu64 " in all\n", sample_count, plain,
                 fuzz_understood);
    for (size_t i = 0; i < sample_count; i++) {
        free(samples[i].data);
    }
    return plain > 0 ? 0 : 1;
}
