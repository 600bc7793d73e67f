#!/usr/bin/env python3
"""random.py SEED COMMANDS - a random scenario file, with the results of a slow and obvious exchange.

The exchange below is written from the rules alone: lists that are sorted anew for every look, whole
numbers of any size, no cleverness. It knows limit orders (good till cancelled and immediate or
cancel), cancels, replaces, self-trade prevention by cancelling the newest, and the clock. The same
seed gives the same file.

    tests/scenario/random.py 7 400 > tests/scenario/random_7.scn
"""
import random
import sys

AMOUNT_END = 1 << 62


class Order:
    def __init__(self, ident, account, market, side, lots, price):
        self.ident, self.account, self.market = ident, account, market
        self.side, self.lots, self.price = side, lots, price
        self.place = None  # number of its arrival in the book; None while it does not rest

    def gives(self, price=None):
        """The currency it gives, and how much of it a lot needs at its limit."""
        if self.side == 'S':
            return self.market['base'], self.market['lot']
        return self.market['quote'], (price or self.price) * self.market['qu']


class Exchange:
    def __init__(self):
        self.markets = {}
        self.balances = {}  # (account, currency) -> [available, reserved]
        self.orders = {}    # live ones, by id
        self.used = set()   # ids ever accepted
        self.places = 0
        self.now = 0

    def balance(self, account, currency):
        return self.balances.setdefault((account, currency), [0, 0])

    def move(self, account, currency, available, reserved):
        balance = self.balance(account, currency)
        balance[0] += available
        balance[1] += reserved
        assert balance[0] >= 0 and balance[1] >= 0

    def book(self, market, side):
        """Resting orders, best price first, then first come first."""
        sign = -1 if side == 'B' else 1
        resting = [o for o in self.orders.values()
                   if o.market is market and o.side == side and o.place is not None]
        return sorted(resting, key=lambda o: (sign * o.price, o.place))

    def levels(self, market, side):
        levels = {}
        for order in self.book(market, side):
            levels[order.price] = levels.get(order.price, 0) + order.lots
        return levels

    @staticmethod
    def refusal(market, side, lots, price, keeps_place=False):
        """The first reason to say no, but for those that depend on somebody's points."""
        if lots <= 0:
            return 'QTY'
        if not market['pmin'] <= price <= market['pmax'] or price % market['tick'] != 0:
            return 'PRICE'
        if market['band'] and market['ref'] and not keeps_place:
            if side == 'B' and price * 10000 > market['ref'] * (10000 + market['band']):
                return 'BAND'
            if side == 'S' and price * 10000 < market['ref'] * (10000 - market['band']):
                return 'BAND'
        if lots * market['lot'] >= AMOUNT_END or lots * price * market['qu'] >= AMOUNT_END:
            return 'OVERFLOW'
        if lots * price * market['qu'] < market['minnot']:
            return 'MIN_NOTIONAL'
        return None

    def kill(self, order, reason):
        currency, unit = order.gives()
        self.move(order.account, currency, unit * order.lots, -unit * order.lots)
        del self.orders[order.ident]
        return [f'CXL {order.ident} {order.lots} {reason}']

    def fill(self, maker, taker, lots):
        market, price = maker.market, maker.price
        buyer, seller = (taker, maker) if taker.side == 'B' else (maker, taker)
        self.move(seller.account, market['base'], 0, -lots * market['lot'])
        self.move(buyer.account, market['base'], lots * market['lot'], 0)
        saved = lots * (buyer.price - price) * market['qu']
        self.move(buyer.account, market['quote'], saved, -lots * buyer.price * market['qu'])
        self.move(seller.account, market['quote'], lots * price * market['qu'], 0)
        maker.lots -= lots
        taker.lots -= lots
        return [f'TRD {market["name"]} {lots}@{price} m={maker.ident} t={taker.ident}']

    def enter(self, order, is_immediate):
        events = []
        while order.lots > 0:
            others = self.book(order.market, 'S' if order.side == 'B' else 'B')
            if not others:
                break
            maker = others[0]
            if order.price < maker.price if order.side == 'B' else order.price > maker.price:
                break
            if maker.account == order.account:
                return events + self.kill(order, 'STP')
            events += self.fill(maker, order, min(maker.lots, order.lots))
            if maker.lots == 0:
                events.append(f'DON {maker.ident}')
                del self.orders[maker.ident]
        if order.lots == 0:
            del self.orders[order.ident]
            return events + [f'DON {order.ident}']
        if is_immediate:
            return events + self.kill(order, 'IOC')
        self.places += 1
        order.place = self.places
        return events + [f'RST {order.ident} {order.lots}@{order.price}']

    def place(self, order, name, is_immediate):
        if order.ident in self.used:
            return [f'REJ {order.ident} DUP_ID']
        if name not in self.markets:
            return [f'REJ {order.ident} PAIR']
        order.market = self.markets[name]
        refusal = self.refusal(order.market, order.side, order.lots, order.price)
        if refusal:
            return [f'REJ {order.ident} {refusal}']
        currency, unit = order.gives()
        if self.balance(order.account, currency)[0] < unit * order.lots:
            return [f'REJ {order.ident} FUNDS']
        self.move(order.account, currency, -unit * order.lots, unit * order.lots)
        self.used.add(order.ident)
        self.orders[order.ident] = order
        return [f'ACC {order.ident}'] + self.enter(order, is_immediate)

    def cancel(self, ident):
        if ident not in self.orders:
            return [f'REJ {ident} UNKNOWN']
        return self.kill(self.orders[ident], 'USER')

    def replace(self, ident, lots, price):
        if ident not in self.orders:
            return [f'REJ {ident} UNKNOWN']
        order = self.orders[ident]
        keeps_place = price == order.price and 0 < lots <= order.lots
        refusal = self.refusal(order.market, order.side, lots, price, keeps_place)
        if refusal:
            return [f'REJ {ident} {refusal}']
        currency, unit = order.gives()
        more = order.gives(price)[1] * lots - unit * order.lots
        if more > self.balance(order.account, currency)[0]:
            return [f'REJ {ident} FUNDS']
        self.move(order.account, currency, -more, more)
        order.lots, order.price = lots, price
        if keeps_place:
            return [f'RPL {ident} {lots}@{price} keep']
        order.place = None
        return [f'RPL {ident} {lots}@{price} lose'] + self.enter(order, False)

    def clock(self, day):
        if day < self.now:
            return ['REJ T TIME']
        self.now = day
        return []


class Writer:
    """Draws commands, runs them and writes them down with their events."""

    def __init__(self, seed):
        self.luck = random.Random(seed)
        self.exchange = Exchange()
        self.next_id = 1
        self.lines = [f'# written by random.py {seed}; results of its slow exchange',
                      f'== RND-{seed} random orders, cancels and replaces']
        self.currencies = self.luck.sample('ABCDE', self.luck.randint(2, 4))
        self.accounts = [f'u{n}' for n in range(1, self.luck.randint(3, 6))]
        self.list_markets()
        self.deposit()

    def list_markets(self):
        pick = self.luck.choice
        for n in range(1, len(self.currencies)):  # a chain or a star, so no three form a ring
            pair = [self.currencies[n], self.currencies[pick([0, n - 1])]]
            self.luck.shuffle(pair)
            market = {'lot': pick([1, 1, 2, 5, 10, 25]), 'qu': pick([1, 1, 1, 2, 3]),
                      'tick': pick([1, 1, 5]), 'pmin': pick([1, 1, 50]),
                      'pmax': pick([2147483647 // 3, 150, 200]), 'minnot': pick([0, 0, 0, 300]),
                      'band': pick([0, 0, 0, 1000, 2500]), 'ref': pick([0, 100, 97])}
            options = ' '.join(f'{key}={value}' for key, value in market.items() if value)
            name = '/'.join(pair)
            self.lines.append(f'PAIR {name} {options}')
            market.update(name=name, base=pair[0], quote=pair[1])
            self.exchange.markets[name] = market

    def deposit(self):
        self.deposits = dict.fromkeys(self.currencies, 0)
        for account in self.accounts:
            for currency in self.currencies:
                points = self.luck.choice([0, 500, 2000, 20000, 100000])
                if points:
                    self.lines.append(f'DEP {account} {currency} {points}')
                    self.exchange.move(account, currency, points, 0)
                    self.deposits[currency] += points

    def order(self):
        pick = self.luck.choice
        name = pick(list(self.exchange.markets))
        if self.luck.random() < 0.015:
            name = f'{pick(self.currencies)}/{pick(self.currencies)}'
        ident = str(self.next_id)
        if self.luck.random() < 0.03:
            ident = str(self.luck.randint(1, self.next_id))
        side = pick('BS')
        lots = pick([0] + [1, 2, 3, 4, 5, 6, 8, 10, 20, 40] * 6 + [1 << 60, (1 << 63) - 1])
        price = 100 + self.luck.randint(-15, 15)
        if name in self.exchange.markets and self.luck.random() < 0.9:
            price -= price % self.exchange.markets[name]['tick']
        if self.luck.random() < 0.01:
            price = pick([0, 1, 2147483647, 2147483648, 4294967396])
        is_immediate = self.luck.random() < 0.2
        order = Order(ident, pick(self.accounts), None, side, lots, price)
        self.next_id += ident == str(self.next_id)
        self.lines.append(f'N {ident} {order.account} {name} {side} {lots} {price}'
                          + (' IOC' if is_immediate else ''))
        return self.exchange.place(order, name, is_immediate)

    def some_id(self):
        if self.exchange.orders and self.luck.random() < 0.85:
            return self.luck.choice(list(self.exchange.orders))
        return str(self.luck.randint(1, self.next_id))

    def cancel(self):
        ident = self.some_id()
        self.lines.append(f'X {ident}')
        return self.exchange.cancel(ident)

    def replace(self):
        ident = self.some_id()
        lots, price = self.luck.randint(0, 10), 100
        order = self.exchange.orders.get(ident)
        if order:
            lots = self.luck.choice([order.lots, max(0, order.lots - 1),
                                     order.lots + self.luck.randint(1, 5), lots])
            step = self.luck.choice([0, self.luck.randint(-8, 8)])
            price = max(0, order.price + step * order.market['tick'])
        if self.luck.random() < 0.02:
            price = self.luck.choice([0, 2147483648, 4294967396])
        self.lines.append(f'R {ident} {lots} {price}')
        return self.exchange.replace(ident, lots, price)

    def clock(self):
        day = max(0, self.exchange.now + self.luck.randint(-1, 2))
        self.lines.append(f'T {day}')
        return self.exchange.clock(day)

    def command(self):
        doing = self.luck.choices([self.order, self.cancel, self.replace, self.clock],
                                  weights=[62, 13, 20, 5])[0]
        self.lines += [f'> {event}' for event in doing()]

    def look(self):
        """Some of what must be true now."""
        for account in self.luck.sample(self.accounts, 2):
            currency = self.luck.choice(self.currencies)
            available, reserved = self.exchange.balance(account, currency)
            self.lines.append(f'= {account} {currency} {available}/{reserved}')
        market = self.luck.choice(list(self.exchange.markets.values()))
        for side in 'BS':
            levels = self.exchange.levels(market, side).items()
            self.lines.append(' '.join([f'= BOOK {market["name"]} {side}']
                                       + [f'{lots}@{price}' for price, lots in levels]))
        if self.exchange.orders:
            order = self.luck.choice(list(self.exchange.orders.values()))
            self.lines.append(f'= ORD {order.ident} {order.lots}@{order.price}')
        currency = self.luck.choice(self.currencies)
        self.lines.append(f'= SUM {currency} {self.deposits[currency]}')


def main():
    writer = Writer(int(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        writer.command()
        if number % 4 == 0:
            writer.look()
    print('\n'.join(writer.lines))


if __name__ == '__main__':
    main()
