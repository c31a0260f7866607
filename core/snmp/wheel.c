/* See wheel.h. Owned by the SNMP thread. */
#include "core/snmp/wheel.h"

static void list_init(wheel_timer *head)
{
    head->next = head;
    head->previous = head;
}

static void list_append(wheel_timer *head, wheel_timer *timer)
{
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
}

static void list_remove(wheel_timer *timer)
{
    timer->previous->next = timer->next;
    timer->next->previous = timer->previous;
    timer->next = NULL;
    timer->previous = NULL;
}

void wheel_init(wheel *w, int64_t now)
{
    for (size_t i = 0; i < WHEEL_SLOTS; i++) {
        list_init(&w->slots[i]);
    }
    for (size_t i = 0; i < WHEEL_SLOTS / 64; i++) {
        w->used[i] = 0;
    }
    w->tick = now / WHEEL_TICK;
    w->count = 0;
}

static void insert(wheel *w, wheel_timer *timer)
{
    size_t slot = (size_t)timer->tick % WHEEL_SLOTS;
    list_append(&w->slots[slot], timer);
    w->used[slot / 64] |= UINT64_C(1) << slot % 64;
}

void wheel_add(wheel *w, wheel_timer *timer, int64_t due)
{
    wheel_remove(w, timer);
    int64_t tick = (due + WHEEL_TICK - 1) / WHEEL_TICK;
    timer->tick = tick < w->tick ? w->tick : tick;
    insert(w, timer);
    w->count++;
}

/* The slot's bit in `used` may stay set: the next pass clears it. */
void wheel_remove(wheel *w, wheel_timer *timer)
{
    if (timer->next != NULL) {
        list_remove(timer);
        w->count--;
    }
}

/* Moves what is due to `due`; what has turns left stays. */
static void sweep_slot(wheel *w, size_t slot, int64_t tick, wheel_timer *due)
{
    wheel_timer *head = &w->slots[slot];
    wheel_timer *next;
    for (wheel_timer *timer = head->next; timer != head; timer = next) {
        next = timer->next;
        if (timer->tick <= tick) {
            list_remove(timer);
            list_append(due, timer);
        }
    }
    if (head->next == head) {
        w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    }
}

void wheel_run(wheel *w, int64_t now, void (*expired)(wheel_timer *timer, void *user), void *user)
{
    int64_t last = now / WHEEL_TICK;
    wheel_timer due;
    list_init(&due);
    int64_t from = w->tick;
    if (last - from >= (int64_t)WHEEL_SLOTS) {
        from = last - (int64_t)WHEEL_SLOTS + 1; /* one turn sees every slot */
    }
    for (int64_t tick = from; tick <= last; tick++) {
        size_t slot = (size_t)tick % WHEEL_SLOTS;
        if ((w->used[slot / 64] >> slot % 64 & 1u) != 0) {
            sweep_slot(w, slot, last, &due);
        }
    }
    w->tick = last + 1 > w->tick ? last + 1 : w->tick;
    while (due.next != &due) {
        wheel_timer *timer = due.next;
        list_remove(timer);
        w->count--;
        expired(timer, user);
    }
}

int64_t wheel_next(const wheel *w)
{
    if (w->count == 0) {
        return INT64_MAX;
    }
    for (size_t i = 0; i < WHEEL_SLOTS;) {
        size_t slot = ((size_t)w->tick + i) % WHEEL_SLOTS;
        uint64_t bits = w->used[slot / 64] >> slot % 64;
        if (bits != 0) {
            return (w->tick + (int64_t)i + __builtin_ctzll(bits)) * WHEEL_TICK;
        }
        i += 64 - slot % 64;
    }
    return (w->tick + (int64_t)WHEEL_SLOTS) * WHEEL_TICK;
}
