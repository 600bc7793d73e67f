#!/usr/bin/env python3
"""example.py - one client of the exchange in one file, with nothing but pyzmq and msgpack.

It lists two currencies and a market, opens two accounts, issues points, lets Ana sell beans to Bo
for miles, and follows the trade, the reports and the book. It can be run again and again.

    python3 example.py [REQUESTS [FEED]]        tcp://127.0.0.1:7010 and tcp://127.0.0.1:7011

gateway/PROTOCOL.md explains every message.
"""
import collections
import struct
import sys
import time
import uuid
import zlib

import msgpack
import zmq

MEMBER_ANA, MEMBER_BO = 9001, 9002
PATIENCE_MS = 3000


class Refused(Exception):
    """The exchange said no: a normal answer, with a stable code."""

    def __init__(self, reply):
        super().__init__(f"{reply['code']}: {reply['message']}")
        self.code = reply["code"]
        self.field = reply.get("field")


class Exchange:
    """Requests and their replies, each done exactly once, whatever happens to the connection.

    Every request that changes something has a nonce. If no reply comes, the same bytes are sent
    again on a new connection and the same lane: the exchange knows the nonce and answers as it did
    the first time.
    """

    def __init__(self, context, endpoint, accounts):
        self.context, self.endpoint, self.accounts = context, endpoint, accounts
        self.reports = collections.deque()
        self.socket = self.lane = None
        self.refs = 0
        self.nonce = self.connect()["highest_nonce"]

    def connect(self):
        if self.socket is not None:
            self.socket.close(linger=0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.endpoint)
        hello = {"v": 1, "op": "hello", "ref": "hello", "accounts": self.accounts}
        if self.lane is not None:
            hello["lane"] = self.lane
        self.socket.send(msgpack.packb(hello))
        reply = self.wait(lambda message: message.get("ref") == "hello")
        if reply is None:
            raise ConnectionError(f"nobody answers at {self.endpoint}; is jiaozid running?")
        self.lane = self.result_of(reply)["lane"]
        return reply["result"]

    def wait(self, is_it):
        """The next reply that is it, or None when it does not come. Reports are put aside."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while (left := deadline - time.monotonic()) > 0:
            if not self.socket.poll(int(left * 1000) + 1):
                continue
            message = msgpack.unpackb(self.socket.recv())
            found = None
            for item in message if isinstance(message, list) else [message]:
                if "exec_type" in item:
                    self.reports.append(item)
                elif "ok" in item and is_it(item):
                    found = item
            if found is not None:
                return found
        return None

    @staticmethod
    def result_of(reply):
        if not reply["ok"]:
            raise Refused(reply)
        return reply["result"]

    def command(self, op, **fields):
        """Changes something, once."""
        self.nonce += 1
        request = msgpack.packb({"v": 1, "op": op, "nonce": self.nonce, **fields})
        for _ in range(5):
            self.socket.send(request)
            reply = self.wait(lambda message: message.get("nonce") == self.nonce)
            if reply is None:
                self.connect()
            elif not reply["ok"] and "seq" not in reply and reply["code"] == "BUSY":
                time.sleep(reply.get("retry_after_ms", 10) / 1000)  # nothing happened; again
            else:
                return self.result_of(reply)
        raise ConnectionError(f"no answer to {op} with nonce {self.nonce}")

    def query(self, op, **fields):
        """Asks something."""
        self.refs += 1
        self.socket.send(msgpack.packb({"v": 1, "op": op, "ref": self.refs, **fields}))
        reply = self.wait(lambda message: message.get("ref") == self.refs)
        if reply is None:
            raise ConnectionError(f"no answer to {op}")
        return self.result_of(reply)


class Book:
    """A copy of a market's book, kept from the feed and repaired when a message was lost."""

    def __init__(self, exchange, symbol):
        self.exchange, self.symbol = exchange, symbol
        self.bids, self.asks, self.depth_no = {}, {}, 0
        self.repair()

    def repair(self):
        book = self.exchange.query("get_book", symbol=self.symbol)
        self.bids, self.asks = dict(book["bids"]), dict(book["asks"])
        self.depth_no = book["depth_no"]

    def apply(self, change):
        if change["last"] <= self.depth_no:
            return  # the snapshot has it already
        if change["first"] > self.depth_no + 1:
            self.repair()
            return
        for side, levels in ((self.bids, change["bids"]), (self.asks, change["asks"])):
            for price, lots in levels:
                if lots > 0:
                    side[price] = lots
                else:
                    side.pop(price, None)
        if change.get("more"):
            return  # the rest of this change comes under the same numbers
        self.depth_no = change["last"]
        if self.crc32() != change["crc32"]:
            self.repair()

    def best(self, count):
        return (sorted(self.bids.items(), reverse=True)[:count], sorted(self.asks.items())[:count])

    def crc32(self):
        bids, asks = self.best(10)
        return zlib.crc32(b"".join(struct.pack("<QQ", *level) for level in bids + asks))


def prepare(exchange):
    """Lists and opens what is not there yet; again with the same content changes nothing."""
    exchange.command("put_currency", code="PYBEANS", scale=0)
    exchange.command("put_currency", code="PYMILES", scale=0)
    exchange.command("put_market", base="PYBEANS", quote="PYMILES", base_lot=10)
    for account, code, amount in ((MEMBER_ANA, "PYBEANS", 300), (MEMBER_BO, "PYMILES", 1000)):
        exchange.command("put_account", account=account, role="member")
        payment = uuid.uuid4().hex  # names this payment for ever: it is never made twice
        exchange.command("mint", account=account, currency=code, amount=amount, source_id=payment)


def follow(feed, book, seconds):
    """Prints trades and keeps the book for a while."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if not feed.poll(int(left * 1000) + 1):
            continue
        topic, body = feed.recv_multipart()
        message = msgpack.unpackb(body)
        if topic == b"md.trade.PYBEANS/PYMILES":
            print(f"trade {message['trade_no']}: {message['lots']} lots at {message['price']},"
                  f" {message['base_amount']} beans for {message['quote_amount']} miles")
        elif topic == b"md.depth.PYBEANS/PYMILES":
            book.apply(message)


def main():
    requests = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:7010"
    feed_endpoint = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:7011"
    symbol = "PYBEANS/PYMILES"
    context = zmq.Context()
    exchange = Exchange(context, requests, [MEMBER_ANA, MEMBER_BO])
    prepare(exchange)

    feed = context.socket(zmq.SUB)
    feed.connect(feed_endpoint)
    feed.setsockopt(zmq.SUBSCRIBE, f"md.trade.{symbol}".encode())
    feed.setsockopt(zmq.SUBSCRIBE, f"md.depth.{symbol}".encode())
    time.sleep(0.2)  # for the subscription to arrive; the book comes after it
    book = Book(exchange, symbol)

    ask = exchange.command("place_order", account=MEMBER_ANA, symbol=symbol, side="sell", lots=30,
                           price=32, client_order_id=uuid.uuid4().hex[:16])
    bid = exchange.command("place_order", account=MEMBER_BO, symbol=symbol, side="buy", lots=10,
                           price=32, time_in_force="ioc")
    print(f"Ana's order {ask['order_id']} is {ask['status']}; Bo's is {bid['status']}")
    try:
        exchange.command("place_order", account=MEMBER_BO, symbol=symbol, side="buy", lots=10 ** 9,
                         price=1)
    except Refused as refusal:
        print(f"a refusal is an answer: {refusal}")
    exchange.command("cancel_order", account=MEMBER_ANA, order_id=ask["order_id"])
    exchange.command("place_order", account=MEMBER_BO, symbol=symbol, side="buy", lots=5, price=30)

    follow(feed, book, 1.0)
    for report in exchange.reports:
        print(f"report {report['stream_seq']} to {report['account']}: order {report['order_id']}"
              f" {report['exec_type']}, {report['cum_lots']} executed, {report['leaves_lots']} open")
    told = exchange.query("get_book", symbol=symbol)
    bids, asks = book.best(10)
    assert [list(level) for level in bids] == told["bids"][:10], "the kept book differs"
    assert [list(level) for level in asks] == told["asks"][:10], "the kept book differs"
    print(f"book after change {book.depth_no}: bids {bids}, asks {asks}; the exchange has the same")


if __name__ == "__main__":
    main()
