/* Life of a device: pages, levels, alerts. Levels run down with the pages to 12 % and are then
 * full again, as if somebody had changed the cartridge in time; only an alert takes a level lower,
 * so the share of devices that show something stays what was asked for. */
#include "life.h"

#include "alert.h"

static int64_t life_ms(const struct world *w)
{
    return w->still ? 0 : w->now_ms - w->start_ms;
}

uint64_t life_pages(const struct world *w, const struct device *d, const struct profile *p)
{
    uint64_t h = world_hash(w, d->identity, 1);
    int64_t pages = (int64_t)(h % (p->start_pages + 1)) + d->extra_pages;

    if (!w->still) {
        uint32_t span = w->page_ms_high - w->page_ms_low + 1;
        uint32_t period = w->page_ms_low + (uint32_t)(h >> 32) % span;
        pages += life_ms(w) / (int64_t)period;
    }
    return pages > 0 ? (uint64_t)pages : 0;
}

static void add_alert(struct life *life, const struct profile *p, size_t choice, int64_t start_ms,
                      uint32_t index)
{
    if (life->alert_count >= LIFE_ALERTS || choice >= p->choice_count) {
        return;
    }
    const struct alert_choice *c = &p->choices[choice];
    const struct alert_info *info = &alert_infos[c->kind];
    life->alerts[life->alert_count++] =
        (struct live_alert){.choice = c, .start_ms = start_ms, .index = index};
    life->error_bits |= info->error_bits;
    uint8_t severity = info->severity == 3 ? 3 : 4;
    if (life->severity == 0 || severity < life->severity) {
        life->severity = severity;
    }
}

void life_read(const struct world *w, const struct device *d, const struct profile *p,
               struct life *life)
{
    life->pages = life_pages(w, d, p);
    life->error_bits = 0;
    life->severity = 0;
    life->alert_count = 0;
    if (p->choice_count == 0) {
        return;
    }
    if (w->alert_permille > 0 && !(d->extra != NULL && d->extra->quiet)) {
        /* each device's spans begin at another moment, so alerts come and go one by one */
        uint64_t phase = world_hash(w, d->identity, 2) % w->alert_ms;
        uint64_t t = (uint64_t)life_ms(w) + phase;
        uint64_t span = t / w->alert_ms;
        uint64_t h = world_hash(w, d->identity, 1000 + span);
        if (h % 1000 < w->alert_permille) {
            int64_t start = (int64_t)(span * w->alert_ms - phase) + w->start_ms;
            size_t first = (h >> 16) % p->choice_count;
            add_alert(life, p, first, start, (uint32_t)span * 2 + 1);
            size_t second = (h >> 40) % p->choice_count;
            if ((h >> 32) % 8 == 0 && second != first) {
                add_alert(life, p, second, start, (uint32_t)span * 2 + 2);
            }
        }
    }
    for (size_t i = 0; d->extra != NULL && i < d->extra->forced_count; i++) {
        const struct forced_alert *f = &d->extra->forced[i];
        add_alert(life, p, f->choice, f->start_ms, f->index);
    }
}

const struct live_alert *life_alert_about(const struct life *life, unsigned part, size_t slot)
{
    for (size_t i = 0; i < life->alert_count; i++) {
        const struct alert_choice *c = life->alerts[i].choice;
        if (alert_infos[c->kind].part == part && c->slot == slot) {
            return &life->alerts[i];
        }
    }
    return NULL;
}

int32_t life_level(const struct world *w, const struct device *d, const struct profile *p,
                   const struct life *life, size_t slot)
{
    const struct supply *s = &p->supplies[slot];
    const struct live_alert *a = life_alert_about(life, s->waste ? PART_WASTE : PART_SUPPLY, slot);

    if (a != NULL) {
        unsigned kind = a->choice->kind;
        if (kind == ALERT_SUPPLY_LOW || kind == ALERT_WASTE_NEAR_FULL) {
            return (int32_t)((int64_t)s->max * 4 / 100);
        }
        return 0;
    }
    if (s->yield == 0) {
        return s->max;
    }
    uint64_t cycle = (uint64_t)s->yield * 88 / 100 + 1;
    uint64_t worn = (life->pages + world_hash(w, d->identity, 16 + slot) % cycle) % cycle;
    return s->max - (int32_t)(worn * (uint64_t)s->max / s->yield);
}

int32_t life_tray_level(const struct world *w, const struct device *d, const struct profile *p,
                        const struct life *life, size_t slot)
{
    const struct tray *t = &p->trays[slot];
    const struct live_alert *a = life_alert_about(life, PART_TRAY, slot);

    if (a != NULL) {
        return a->choice->kind == ALERT_PAPER_LOW ? t->max / 20 : 0;
    }
    uint64_t cycle = (uint64_t)t->max * 85 / 100 + 1;
    uint64_t used = life->pages / (p->tray_count + slot) + world_hash(w, d->identity, 64 + slot);
    return t->max - (int32_t)(used % cycle);
}
