/* recover.c - replaying the journal into a core. */
#include "engine/stage/recover.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/memory.h"
#include "jiaozi/result.h"
#include "jiaozi/status.h"

#include <stdio.h>
#include <string.h>

static const uint64_t progress_ns = UINT64_C(1) * 1000000000;

enum { PROGRESS_COMMANDS = 4096 }; /* between looks at the clock */

/* Events of a replay go nowhere: the readers of that time have them. */
static void forget(struct jz_events *sink)
{
    struct jz_recovery *recovery =
        (struct jz_recovery *)(void *)((unsigned char *)sink - offsetof(struct jz_recovery, sink));
    sink->next = recovery->room;
    sink->end = recovery->room + JZ_EVENTS_PER_RECORD_MAX;
}

static int make_core(struct jz_recovery *recovery, const struct jz_genesis *genesis)
{
    const int field = jz_core_check_genesis(genesis);
    if (field != 0) {
        (void)snprintf(recovery->message, sizeof(recovery->message),
                       "the exchange's settings are not acceptable: %s out of range",
                       jz_field_word(field));
        return JZ_EINVAL;
    }
    recovery->genesis = *genesis;
    recovery->range_bytes = jz_core_range_bytes(genesis);
    recovery->range = jz_memory_reserve(recovery->range_bytes);
    if (recovery->range == NULL) {
        (void)snprintf(recovery->message, sizeof(recovery->message),
                       "cannot reserve %llu MiB of address space for these capacities",
                       (unsigned long long)(recovery->range_bytes >> 20));
        return JZ_ENOMEM;
    }
    recovery->core = jz_core_init(recovery->range, genesis);
    return JZ_OK;
}

static int take_genesis(struct jz_recovery *recovery, const struct jz_record *record)
{
    struct jz_genesis genesis;

    if (record->kind != JZ_COMMAND_GENESIS || record->sequence != 1 ||
        record->version != JZ_COMMAND_VERSION ||
        record->bytes != JZ_RECORD_UNIT_BYTES + sizeof(genesis)) {
        (void)snprintf(recovery->message, sizeof(recovery->message),
                       "the journal does not begin with a genesis that this version knows; use the "
                       "version that wrote it");
        return JZ_ECORRUPT;
    }
    memcpy(&genesis, record + 1, sizeof(genesis));
    return make_core(recovery, &genesis);
}

static void show_progress(struct jz_recovery *recovery)
{
    const uint64_t now_ns = jz_clock_monotonic_ns();
    if (now_ns - recovery->told_ns >= progress_ns) {
        recovery->told_ns = now_ns;
        jz_log_line("replaying the journal: %llu commands so far",
                    (unsigned long long)recovery->commands);
    }
}

static int replay(void *context, const struct jz_record *record)
{
    struct jz_recovery *recovery = context;

    if (recovery->core == NULL) {
        const int status = take_genesis(recovery, record);
        if (status != JZ_OK) {
            return status;
        }
    }
    if (record->rules > JZ_RULES_VERSION) {
        (void)snprintf(recovery->message, sizeof(recovery->message),
                       "command %llu ran under rules %u, this version knows up to %u; use a newer "
                       "jiaozid",
                       (unsigned long long)record->sequence, record->rules, JZ_RULES_VERSION);
        return JZ_ECORRUPT;
    }
    forget(&recovery->sink);
    jz_core_apply(recovery->core, record, &recovery->sink);
    recovery->commands++;
    if (recovery->commands % PROGRESS_COMMANDS == 0) {
        show_progress(recovery);
    }
    return JZ_OK;
}

int jz_recover(struct jz_recovery *recovery, struct jz_journal *journal,
               const struct jz_journal_options *options, const struct jz_genesis *wanted)
{
    struct jz_journal_options with_replay = *options;
    struct jz_journal_report report;

    *recovery = (struct jz_recovery){
        .started_ns = jz_clock_monotonic_ns(),
        .sink.turn = forget,
    };
    recovery->told_ns = recovery->started_ns;
    with_replay.replay = replay;
    with_replay.replay_context = recovery;
    int status = jz_journal_open(journal, &with_replay, &report);
    if (status != JZ_OK) {
        if (recovery->message[0] == '\0') {
            (void)snprintf(recovery->message, sizeof(recovery->message), "%s", report.message);
        }
        jz_recover_release(recovery);
        return status;
    }
    recovery->is_new = recovery->core == NULL;
    if (recovery->is_new) {
        status = make_core(recovery, wanted);
        if (status != JZ_OK) {
            jz_journal_close(journal);
            return status;
        }
    }
    if (report.was_torn) {
        jz_log_line("a batch that nobody was told of lay half written at the end of the journal "
                    "(segment %u, offset %llu); it is gone",
                    report.torn_segment, (unsigned long long)report.torn_offset);
    }
    if (!recovery->is_new) {
        jz_log_line(
            "recovered sequence=%llu segments=%u ms=%llu", (unsigned long long)report.last_seq,
            report.segments,
            (unsigned long long)((jz_clock_monotonic_ns() - recovery->started_ns) / 1000000));
    }
    return JZ_OK;
}

void jz_recover_release(struct jz_recovery *recovery)
{
    jz_memory_release(recovery->range, recovery->range_bytes);
    recovery->range = NULL;
    recovery->core = NULL;
}
