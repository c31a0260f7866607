/*
 * Bars of the kernel around code of somebody else: a filter of system calls (seccomp) and a fence
 * around files (Landlock). What is refused is refused for good: a process cannot take a bar away.
 * Worker processes and the self-test put themselves behind them before they open a plugin.
 *
 * For the thread that calls and the threads that it starts; called before there are others.
 */
#ifndef PLATEN_WORKER_BARS_H
#define PLATEN_WORKER_BARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which bars are closed: bits. */
#define BARS_CALLS 1u /* starting programs, writing files, other processes, odd sockets */
#define BARS_FILES 2u /* reading other files than those that were named */
#define BARS_ALL (BARS_CALLS | BARS_FILES)

/* "full", "calls", "files" or "none". */
const char *bars_word(unsigned closed);

/*
 * No process and no program is started, no file opened for writing, made, renamed or removed, no
 * other process traced, read, signalled or bounded, no port bound, no socket made but for streams
 * and datagrams of IPv4 and IPv6 and pairs of local streams; without `network` none at all. A call
 * that is refused fails with EACCES and calls `refused`, on the thread and in the signal handler
 * of SIGSYS: only what is safe there. What a C library tries by itself (name services, the table
 * of addresses) is refused without a call. False: the kernel has no such filters.
 */
bool bars_close_calls(bool network, void (*refused)(int call));

/* Whether a call that was refused starts a process or a program. */
bool bars_starts_process(int call);

/* The name of a call's number into `name`, "call N" for one without a name. Any thread. */
void bars_name(uint32_t call, char *name, size_t size);

/*
 * Nothing can be read but `files` (files and folders with all below them, those that are missing
 * are left out), shared libraries, locales, time zones, certificates of authorities and what names
 * are resolved with; nothing can be written; processes outside cannot be signalled where the kernel
 * is new enough. False: the kernel has no Landlock.
 */
bool bars_close_files(const char *const *files, size_t count);

#endif
