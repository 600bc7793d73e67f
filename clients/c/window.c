/* window.c - a ring of slots; counters and a hint keep every step constant on average. */
#include "clients/c/window.h"

#include "engine/base/assert.h"
#include "jiaozi/status.h"

#include <stdlib.h>

static struct jz_window_slot *slot_of(const struct jz_window *window, uint64_t nonce)
{
    return &window->slots[nonce & window->mask];
}

static void verify(const struct jz_window *window)
{
    JZ_ASSERT(window->lowest <= window->next);
    JZ_ASSERT(window->next - window->lowest <= window->mask + 1);
    JZ_ASSERT(window->queued_count <= window->unanswered_count);
    JZ_VERIFY(window->queued_lowest >= window->lowest);
}

int jz_window_init(struct jz_window *window, uint32_t span_max)
{
    if (span_max == 0 || span_max > JZ_WINDOW_SPAN_MAX) {
        return JZ_EINVAL;
    }
    uint64_t capacity = 1;
    while (capacity < span_max) {
        capacity *= 2;
    }
    struct jz_window_slot *slots = calloc(capacity, sizeof(*slots));
    if (slots == NULL) {
        return JZ_ENOMEM;
    }
    *window = (struct jz_window){
        .slots = slots,
        .mask = capacity - 1,
        .span_max = span_max,
        .lowest = 1,
        .next = 1,
        .queued_lowest = 1,
    };
    return JZ_OK;
}

void jz_window_start(struct jz_window *window, uint64_t nonce)
{
    JZ_ASSERT(window->unanswered_count == 0);
    window->lowest = nonce;
    window->next = nonce;
    window->queued_lowest = nonce;
}

void jz_window_skip_to(struct jz_window *window, uint64_t nonce)
{
    const uint64_t furthest = window->lowest + window->mask + 1;
    const uint64_t target = nonce < furthest ? nonce : furthest;
    if (target > window->next) {
        window->next = target; /* the slots in between are free, which reads as answered */
    }
    verify(window);
}

void jz_window_limit(struct jz_window *window, uint32_t span_max)
{
    JZ_ASSERT(span_max > 0);
    if (span_max < window->span_max) {
        window->span_max = span_max;
    }
}

struct jz_window_slot *jz_window_claim(struct jz_window *window)
{
    if (window->next - window->lowest >= window->span_max) {
        return NULL;
    }
    struct jz_window_slot *slot = slot_of(window, window->next);
    JZ_ASSERT(slot->state == JZ_WINDOW_FREE);
    slot->nonce = window->next;
    slot->sends = 0;
    return slot;
}

void jz_window_commit(struct jz_window *window, struct jz_window_slot *slot)
{
    JZ_ASSERT(slot->nonce == window->next);
    JZ_ASSERT(slot->bytes > 0);
    JZ_ASSERT(slot->bytes <= JZ_WINDOW_REQUEST_BYTES);
    slot->state = JZ_WINDOW_QUEUED;
    if (window->queued_count == 0) {
        window->queued_lowest = slot->nonce;
    }
    window->next++;
    window->queued_count++;
    window->unanswered_count++;
    verify(window);
}

struct jz_window_slot *jz_window_first_queued(struct jz_window *window)
{
    if (window->queued_count == 0) {
        return NULL;
    }
    while (slot_of(window, window->queued_lowest)->state != JZ_WINDOW_QUEUED) {
        window->queued_lowest++;
        JZ_ASSERT(window->queued_lowest < window->next);
    }
    return slot_of(window, window->queued_lowest);
}

void jz_window_sent(struct jz_window *window, struct jz_window_slot *slot)
{
    JZ_ASSERT(slot->state == JZ_WINDOW_QUEUED);
    slot->state = JZ_WINDOW_SENT;
    slot->sends++;
    window->queued_count--;
}

struct jz_window_slot *jz_window_find(struct jz_window *window, uint64_t nonce)
{
    if (nonce < window->lowest || nonce >= window->next) {
        return NULL;
    }
    struct jz_window_slot *slot = slot_of(window, nonce);
    return slot->state == JZ_WINDOW_FREE ? NULL : slot;
}

void jz_window_answered(struct jz_window *window, struct jz_window_slot *slot)
{
    JZ_ASSERT(slot->state != JZ_WINDOW_FREE);
    if (slot->state == JZ_WINDOW_QUEUED) {
        window->queued_count--; /* the answer to its first sending came while it waited again */
    }
    slot->state = JZ_WINDOW_FREE;
    window->unanswered_count--;
    while (window->lowest < window->next &&
           slot_of(window, window->lowest)->state == JZ_WINDOW_FREE) {
        window->lowest++;
    }
    if (window->queued_lowest < window->lowest) {
        window->queued_lowest = window->lowest;
    }
    verify(window);
}

void jz_window_again(struct jz_window *window, struct jz_window_slot *slot)
{
    JZ_ASSERT(slot->state != JZ_WINDOW_FREE);
    if (slot->state == JZ_WINDOW_SENT) {
        slot->state = JZ_WINDOW_QUEUED;
        window->queued_count++;
    }
    if (slot->nonce < window->queued_lowest) {
        window->queued_lowest = slot->nonce;
    }
    verify(window);
}

void jz_window_again_from(struct jz_window *window, uint64_t nonce)
{
    for (uint64_t n = nonce < window->lowest ? window->lowest : nonce; n < window->next; n++) {
        struct jz_window_slot *slot = slot_of(window, n);
        if (slot->state != JZ_WINDOW_FREE) {
            jz_window_again(window, slot);
        }
    }
}

void jz_window_deinit(struct jz_window *window)
{
    free(window->slots);
    *window = (struct jz_window){0};
}
