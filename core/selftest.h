/* `platend selftest`: loads one plugin behind bars and writes a verdict to descriptor 3; the other
 * side is core/pack/selftest.h. */
#ifndef PLATEN_SELFTEST_CHILD_H
#define PLATEN_SELFTEST_CHILD_H

/* `arguments` are those behind "selftest": ROLE FOLDER NAME. The exit status; nothing that is
 * registered with atexit() runs. */
int selftest_child(char *const *arguments);

#endif
