/* bench_codec.c - what one message costs to decode and to encode, next to msgpack-c on the same
 * messages in the same run.
 *
 * 256 different orders, as a client library packs them, are taken in turn, so that neither numbers
 * nor texts are known beforehand. Each figure is the median of the rounds.
 */
#include "bench/bench.h"

#include "engine/base/assert.h"
#include "gateway/wire/codec.h"
#include "gateway/wire/encode.h"
#include "gateway/wire/message.h"

#include <msgpack.h>

#include <stdio.h>
#include <stdlib.h>

enum { ORDERS = 256, ROUNDS_MAX = 101 };

struct packed {
    uint8_t bytes[JZ_MESSAGE_REQUEST_BYTES_MAX];
    size_t count;
};

static struct {
    struct packed orders[ORDERS];
    struct packed replies[ORDERS];
    uint8_t batch[JZ_WIRE_MESSAGE_BYTES_MAX];
    size_t batch_bytes;
    char client_ids[ORDERS][JZ_CLIENT_ID_BYTES + 1];
    struct jz_reply heads[ORDERS];
    struct jz_order_answer answers[ORDERS];
    struct jz_report reports[ORDERS];
    uint64_t checksum; /* uses every result, so that nothing is optimised away */
} work;

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Everything that the codecs are given. */
static void prepare(void)
{
    uint64_t random = 1;
    uint8_t *batch = work.batch + JZ_ENCODE_ARRAY_BYTES;
    for (uint32_t i = 0; i < ORDERS; i++) {
        (void)snprintf(work.client_ids[i], sizeof(work.client_ids[i]), "c%u",
                       (unsigned)next_random(&random));
        const struct jz_text client_id = {work.client_ids[i], (uint32_t)strlen(work.client_ids[i])};
        const struct jz_request request = {
            .present = 1u << JZ_FIELD_NONCE | 1u << JZ_FIELD_ACCOUNT | 1u << JZ_FIELD_SYMBOL |
                       1u << JZ_FIELD_SIDE | 1u << JZ_FIELD_LOTS | 1u << JZ_FIELD_PRICE |
                       1u << JZ_FIELD_TIME_IN_FORCE | 1u << JZ_FIELD_CLIENT_ORDER_ID,
            .op = JZ_OP_PLACE_ORDER,
            .nonce = 1000000 + i,
            .account = 16 + (uint32_t)next_random(&random) % 100000,
            .symbol = {"BEANS/MILES", 11},
            .side = (uint8_t)(JZ_SIDE_BUY + next_random(&random) % 2),
            .lots = 1 + next_random(&random) % 1000,
            .price = 1 + next_random(&random) % 3000000,
            .time_in_force = (uint8_t)(JZ_TIF_GTC + (next_random(&random) % 8 == 0)),
            .client_order_id = client_id,
        };
        struct packed *order = &work.orders[i];
        order->count = jz_message_request(order->bytes, sizeof(order->bytes), &request);
        JZ_ASSERT(order->count > 0);
        memcpy(batch, order->bytes, order->count);
        batch += order->count;

        work.heads[i] = (struct jz_reply){.nonce = request.nonce, .seq = 5000000 + i};
        work.answers[i] = (struct jz_order_answer){
            .order_id = (UINT64_C(5000000) + i) << 32 | next_random(&random) % 1000000,
            .status = JZ_ORDER_NEW,
            .leaves_lots = request.lots,
        };
        work.reports[i] = (struct jz_report){
            .stream_seq = 100000 + i,
            .seq = 5000000 + i,
            .ts = UINT64_C(1714550400123456789) + i,
            .exec_type = i % 2 == 0 ? JZ_EXEC_ACCEPTED : JZ_EXEC_TRADE,
            .account = request.account,
            .order_id = work.answers[i].order_id,
            .client_order_id = client_id,
            .symbol = request.symbol,
            .side = (enum jz_side)request.side,
            .price = request.price,
            .status = JZ_ORDER_NEW,
            .lots = request.lots,
            .leaves_lots = request.lots,
            .liquidity = JZ_LIQUIDITY_MAKER,
        };
        struct packed *reply = &work.replies[i];
        reply->count =
            jz_encode_order(reply->bytes, sizeof(reply->bytes), &work.heads[i], &work.answers[i]);
    }
    jz_encode_array(work.batch, ORDERS);
    work.batch_bytes = (size_t)(batch - work.batch);
}

static void decode_singly(void)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    for (uint32_t i = 0; i < ORDERS; i++) {
        (void)jz_codec_open(&codec, work.orders[i].bytes, work.orders[i].count);
        const enum jz_result result = jz_codec_next(&codec, &request, &refusal);
        work.checksum += request.price + (uint64_t)result;
    }
}

static void decode_batch(void)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    (void)jz_codec_open(&codec, work.batch, work.batch_bytes);
    while (codec.left > 0) {
        const enum jz_result result = jz_codec_next(&codec, &request, &refusal);
        work.checksum += request.price + (uint64_t)result;
    }
}

static void decode_by_msgpack_c(void)
{
    static msgpack_zone zone;
    static bool is_ready;
    if (!is_ready) {
        is_ready = msgpack_zone_init(&zone, MSGPACK_ZONE_CHUNK_SIZE);
        JZ_ASSERT(is_ready);
    }
    for (uint32_t i = 0; i < ORDERS; i++) {
        msgpack_object object;
        size_t offset = 0;
        msgpack_zone_clear(&zone);
        (void)msgpack_unpack((const char *)work.orders[i].bytes, work.orders[i].count, &offset,
                             &zone, &object);
        work.checksum += object.via.map.ptr[object.via.map.size - 1].val.via.u64;
    }
}

static void pack_request(void)
{
    struct jz_codec codec;
    struct jz_request request;
    struct jz_refusal refusal;
    uint8_t out[JZ_MESSAGE_REQUEST_BYTES_MAX];
    (void)jz_codec_open(&codec, work.orders[0].bytes, work.orders[0].count);
    (void)jz_codec_next(&codec, &request, &refusal);
    for (uint32_t i = 0; i < ORDERS; i++) {
        request.nonce++;
        work.checksum += jz_message_request(out, sizeof(out), &request);
    }
}

static void encode_replies(void)
{
    uint8_t out[JZ_ENCODE_REPLY_BYTES_MAX];
    for (uint32_t i = 0; i < ORDERS; i++) {
        work.checksum += jz_encode_order(out, sizeof(out), &work.heads[i], &work.answers[i]);
        work.checksum += out[i % 64];
    }
}

static void encode_reports(void)
{
    uint8_t out[JZ_ENCODE_REPORT_BYTES_MAX];
    for (uint32_t i = 0; i < ORDERS; i++) {
        work.checksum += jz_encode_report(out, sizeof(out), &work.reports[i]);
        work.checksum += out[i % 64];
    }
}

static void put_key(msgpack_packer *packer, const char *key)
{
    const size_t length = strlen(key);
    (void)msgpack_pack_str(packer, length);
    (void)msgpack_pack_str_body(packer, key, length);
}

static void encode_replies_by_msgpack_c(void)
{
    static msgpack_sbuffer buffer; /* grows once */
    msgpack_packer packer;
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    for (uint32_t i = 0; i < ORDERS; i++) {
        msgpack_sbuffer_clear(&buffer);
        (void)msgpack_pack_map(&packer, 6);
        put_key(&packer, "v");
        (void)msgpack_pack_uint64(&packer, 1);
        put_key(&packer, "nonce");
        (void)msgpack_pack_uint64(&packer, work.heads[i].nonce);
        put_key(&packer, "ok");
        (void)msgpack_pack_true(&packer);
        put_key(&packer, "seq");
        (void)msgpack_pack_uint64(&packer, work.heads[i].seq);
        put_key(&packer, "durability");
        put_key(&packer, "journal");
        put_key(&packer, "result");
        (void)msgpack_pack_map(&packer, 4);
        put_key(&packer, "order_id");
        (void)msgpack_pack_uint64(&packer, work.answers[i].order_id);
        put_key(&packer, "status");
        put_key(&packer, jz_wire_status_word((int)work.answers[i].status));
        put_key(&packer, "cum_lots");
        (void)msgpack_pack_uint64(&packer, work.answers[i].cum_lots);
        put_key(&packer, "leaves_lots");
        (void)msgpack_pack_uint64(&packer, work.answers[i].leaves_lots);
        work.checksum += buffer.size;
    }
}

static void unpack_replies(void)
{
    static struct jz_message_reader *reader;
    struct jz_message heard;
    struct jz_order_answer answer;
    if (reader == NULL && jz_message_reader_create(&reader) != JZ_OK) {
        return;
    }
    for (uint32_t i = 0; i < ORDERS; i++) {
        int status = jz_message_open(reader, work.replies[i].bytes, work.replies[i].count);
        status = status == JZ_OK ? jz_message_next(reader, &heard) : status;
        status = status == JZ_OK ? jz_message_order(&heard, &answer) : status;
        JZ_ASSERT(status == JZ_OK);
        work.checksum += answer.order_id;
    }
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Nanoseconds per message, median of the rounds. */
static double measure(void (*run)(void), uint64_t rounds, uint64_t repeats)
{
    static double ns[ROUNDS_MAX];
    run();
    for (uint64_t round = 0; round < rounds; round++) {
        const uint64_t start_ns = jz_bench_now_ns();
        for (uint64_t i = 0; i < repeats; i++) {
            run();
        }
        ns[round] = (double)(jz_bench_now_ns() - start_ns) / (double)(repeats * ORDERS);
    }
    qsort(ns, rounds, sizeof(ns[0]), compare);
    return ns[rounds / 2];
}

int jz_bench_codec(int argc, char **argv)
{
    bool json = false;
    uint64_t rounds = 101;
    uint64_t repeats = 8; /* short rounds: most of them run undisturbed */
    const struct jz_bench_option options[] = {
        {.name = "--rounds",
         .what = "how many, the median counts",
         .number = &rounds,
         .number_min = 1,
         .number_max = ROUNDS_MAX},
        {.name = "--repeats",
         .what = "256 messages each, in a round",
         .number = &repeats,
         .number_min = 1},
        {.name = "--json", .what = "one object for programs", .flag = &json},
        {.name = NULL},
    };
    const int left = jz_bench_parse(argc, argv, options);
    if (left >= 0) {
        return left;
    }
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"decode_order_ns", decode_singly},
        {"decode_order_in_batch_ns", decode_batch},
        {"msgpack_c_decode_order_ns", decode_by_msgpack_c},
        {"encode_reply_ns", encode_replies},
        {"msgpack_c_encode_reply_ns", encode_replies_by_msgpack_c},
        {"encode_report_ns", encode_reports},
        {"client_pack_order_ns", pack_request},
        {"client_unpack_reply_ns", unpack_replies},
    };
    prepare();
    struct jz_bench_report report;
    jz_bench_begin(&report, "codec", json);
    jz_bench_count(&report, "rounds", rounds);
    jz_bench_count(&report, "order_fields", work.orders[0].bytes[0] & 15u);
    jz_bench_count(&report, "order_bytes", work.orders[0].count);
    jz_bench_count(&report, "reply_bytes", work.replies[0].count);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        jz_bench_real(&report, parts[i].name, measure(parts[i].run, rounds, repeats));
    }
    jz_bench_end(&report);
    return work.checksum == 0;
}
