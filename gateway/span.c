/* span.c - two bitmaps over a sliding range. The lowest nonce moves up over answered ones, each of
 * which it passes once, so the work per nonce is constant in the long run. */
#include "gateway/span.h"

#include "engine/base/assert.h"

#include <string.h>

static uint64_t *word_of(uint64_t *words, const struct jz_span *span, uint64_t nonce)
{
    return &words[(nonce & (span->window - 1)) / 64];
}

static uint64_t bit_of(const struct jz_span *span, uint64_t nonce)
{
    return UINT64_C(1) << ((nonce & (span->window - 1)) % 64);
}

static bool is_set(const uint64_t *words, const struct jz_span *span, uint64_t nonce)
{
    return (words[(nonce & (span->window - 1)) / 64] & bit_of(span, nonce)) != 0;
}

static bool is_inside(const struct jz_span *span, uint64_t nonce)
{
    return span->open_count > 0 && nonce >= span->lowest && nonce <= span->highest;
}

static bool is_open(const struct jz_span *span, uint64_t nonce)
{
    return is_inside(span, nonce) && is_set(span->open, span, nonce);
}

static bool is_refused(const struct jz_span *span, uint64_t nonce)
{
    return is_inside(span, nonce) && is_set(span->refused, span, nonce);
}

/* The next refused nonce behind the lowest one, which no longer is. */
static void find_refused(struct jz_span *span)
{
    if (span->refused_count == 0) {
        span->refused_lowest = 0;
        return;
    }
    while (!is_set(span->refused, span, span->refused_lowest)) {
        span->refused_lowest++;
    }
}

static void clear_refused(struct jz_span *span, uint64_t nonce)
{
    *word_of(span->refused, span, nonce) &= ~bit_of(span, nonce);
    span->refused_count--;
    if (nonce == span->refused_lowest) {
        find_refused(span);
    }
}

void jz_span_init(struct jz_span *span, uint32_t window)
{
    JZ_ASSERT(window > 0 && window <= JZ_WINDOW_MAX);
    JZ_ASSERT((window & (window - 1)) == 0);

    memset(span, 0, sizeof(*span));
    span->window = window;
}

bool jz_span_fits(const struct jz_span *span, uint64_t nonce)
{
    if (span->open_count == 0) {
        return true;
    }
    const uint64_t lowest = nonce < span->lowest ? nonce : span->lowest;
    const uint64_t highest = nonce > span->highest ? nonce : span->highest;
    return highest - lowest < span->window;
}

void jz_span_open(struct jz_span *span, uint64_t nonce)
{
    JZ_ASSERT(nonce > 0);
    JZ_ASSERT(jz_span_fits(span, nonce));

    if (is_open(span, nonce)) {
        if (is_refused(span, nonce)) {
            clear_refused(span, nonce);
        }
        return;
    }
    if (span->open_count == 0) {
        span->lowest = nonce;
        span->highest = nonce;
    }
    span->lowest = nonce < span->lowest ? nonce : span->lowest;
    span->highest = nonce > span->highest ? nonce : span->highest;
    span->open_count++;
    *word_of(span->open, span, nonce) |= bit_of(span, nonce);
}

void jz_span_refuse(struct jz_span *span, uint64_t nonce)
{
    if (nonce == 0 || !jz_span_fits(span, nonce) || is_open(span, nonce)) {
        return; /* open and not refused: an earlier copy is on its way and will be answered */
    }
    jz_span_open(span, nonce);
    *word_of(span->refused, span, nonce) |= bit_of(span, nonce);
    if (span->refused_count == 0 || nonce < span->refused_lowest) {
        span->refused_lowest = nonce;
    }
    span->refused_count++;
}

void jz_span_answer(struct jz_span *span, uint64_t nonce)
{
    if (!is_open(span, nonce)) {
        return;
    }
    if (is_refused(span, nonce)) {
        clear_refused(span, nonce);
    }
    *word_of(span->open, span, nonce) &= ~bit_of(span, nonce);
    span->open_count--;
    if (span->open_count == 0) {
        span->lowest = 0;
        span->highest = 0;
        return;
    }
    while (!is_set(span->open, span, span->lowest)) {
        span->lowest++;
    }
}

void jz_span_verify(const struct jz_span *span)
{
    uint32_t open = 0;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < JZ_SPAN_WORDS_MAX; i++) {
        open += (uint32_t)__builtin_popcountll(span->open[i]);
        refused += (uint32_t)__builtin_popcountll(span->refused[i]);
        JZ_ASSERT((span->refused[i] & ~span->open[i]) == 0);
    }
    JZ_ASSERT(open == span->open_count);
    JZ_ASSERT(refused == span->refused_count);
    JZ_ASSERT((refused == 0) == (span->refused_lowest == 0));
    if (open > 0) {
        JZ_ASSERT(span->highest - span->lowest < span->window);
        JZ_ASSERT(is_open(span, span->lowest));
    }
}
