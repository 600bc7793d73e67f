/* express.h - reads an order quickly if its fields come in the usual order.
 *
 * Nearly every request is an order, a cancel or a replace, and a client writes their fields in the
 * same order every time. So instead of looking up each name, this compares the bytes with what
 * usually comes next, as constants in the code, with no table and hardly a branch that cannot be
 * foreseen. It is all or nothing: a map that differs anywhere, in order, in a type or a range, is
 * left to the decoder that knows everything, which starts again at its beginning.
 *
 * The usual order: v, op, nonce, ref, account, client_order_id, order_id, symbol, side, type, lots,
 * price, time_in_force, stp_mode, client_order_id, order_id; what may be left out may be.
 */
#ifndef JZ_WIRE_EXPRESS_H
#define JZ_WIRE_EXPRESS_H

#include "gateway/wire/scan.h"

/* Reads the so many pairs of a map, from the first key on, into the request, which has its defaults
 * already, and steps behind them. False: they are not as expected, although they may be right; the
 * scan has not moved, and the request's op, present, nonce and so on hold anything. True: they are
 * exactly what the op takes, as strictly checked as by the decoder. */
bool jz_express_read(struct jz_scan *scan, uint32_t pairs, struct jz_request *request);

#endif /* JZ_WIRE_EXPRESS_H */
