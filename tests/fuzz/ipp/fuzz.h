/* What the fuzz targets and the replay share. */
#ifndef PLATEN_FUZZ_IPP_H
#define PLATEN_FUZZ_IPP_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry, and replay.c's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood so far (pairs, reported facts): shows that inputs get as far as that. */
extern uint64_t fuzz_understood;

#endif
