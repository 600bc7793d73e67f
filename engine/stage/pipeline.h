/* pipeline.h - the rings and threads of jiaozid, built in order and taken down in order.
 *
 *     inbox rings -> engine thread -> log ring -> journal thread -> durable_seq
 *                         '-> event ring -> gateways (and, later, the ledger thread)
 *
 * Start: memory, rings, threads. Stop: the engine thread takes what waits, then the journal thread
 * makes it durable, then the keeper ends. Gateways are started after and stopped before it.
 */
#ifndef JZ_STAGE_PIPELINE_H
#define JZ_STAGE_PIPELINE_H

#include "engine/stage/journaler.h"
#include "engine/stage/matcher.h"
#include "engine/stage/recover.h"
#include "engine/stage/stage.h"

struct jz_pipeline_options {
    struct jz_recovery *recovery;
    struct jz_journal *journal;
    uint64_t event_ring_bytes; /* a power of two */
    int main_fd;               /* see struct jz_matcher_options */
    bool busy_poll;
};

/* The rings of one gateway place, made once and used by one gateway after the other. */
struct jz_pipeline_place {
    struct jz_share_gateway *share;
    uint64_t share_bytes;
    int file;
    int fd; /* the gateway sleeps on it */
};

struct jz_pipeline {
    struct jz_pipeline_options options;
    struct jz_share_exchange *exchange;
    uint64_t exchange_bytes;
    int exchange_file;
    struct jz_pipeline_place place; /* of the one gateway of this version */
    int engine_fd;
    int journal_fd;
    unsigned char *log_memory; /* control, cursor, data */
    uint64_t log_memory_bytes;
    struct jz_matcher matcher;
    struct jz_journaler journaler;
    struct jz_stage engine_stage;
    struct jz_stage journal_stage;
    struct jz_stage keeper_stage;
};

/* Makes rings and threads' state, submits genesis if the recovery is new, and starts the threads.
 * JZ_OK, or JZ_ESYSTEM, JZ_ENOMEM, JZ_EINVAL: the process is to end then, nothing is taken down. */
JZ_MUST_USE
int jz_pipeline_start(struct jz_pipeline *pipeline, const struct jz_pipeline_options *options);

/* Empties the rings of a gateway place for the next gateway. Its port is FREE. Main thread. */
void jz_pipeline_reset_place(struct jz_pipeline *pipeline);

/* Ends the threads once everything numbered is durable. The gateways are gone. */
void jz_pipeline_stop(struct jz_pipeline *pipeline);

#endif /* JZ_STAGE_PIPELINE_H */
