/* fault.c - sets a fault once, and shows its text only when it is whole. */
#include "engine/journal/fault.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>

#define STATE_NONE    0u
#define STATE_TELLING 1u /* somebody writes the text */
#define STATE_TOLD    2u

void jz_fault_set(struct jz_fault *fault, const char *format, ...)
{
    uint32_t expected = STATE_NONE;
    char line[JZ_TEXT_BYTES];
    va_list arguments;

    /* Relaxed: it only decides who writes the text; readers wait for the release below. */
    if (!atomic_compare_exchange_strong_explicit(&fault->state, &expected, STATE_TELLING,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    jz_text_say_errno(fault->text, "%s", line);
    /* Release pairs with jz_fault_text(): without it a reader could see half a line. */
    atomic_store_explicit(&fault->state, STATE_TOLD, memory_order_release);
}

bool jz_fault_is_set(const struct jz_fault *fault)
{
    /* Relaxed: it is the flag alone that counts, and it never goes back. */
    return atomic_load_explicit(&fault->state, memory_order_relaxed) != STATE_NONE;
}

const char *jz_fault_text(const struct jz_fault *fault)
{
    /* Acquire pairs with jz_fault_set(). */
    uint32_t state = atomic_load_explicit(&fault->state, memory_order_acquire);
    while (state == STATE_TELLING) { /* another thread formats a line, no more */
        (void)sched_yield();
        state = atomic_load_explicit(&fault->state, memory_order_acquire);
    }
    return state == STATE_TOLD ? fault->text : "";
}
