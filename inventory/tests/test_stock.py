"""Stock moves only with its ledger, all lines or none, each thing once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connections, transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from contracts.inventory import (
    InvalidReservation,
    MixedCurrencies,
    OutOfStock,
    ProductNotFound,
    ReservationClosed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationState,
    StockLine,
)
from contracts.money import Money
from contracts.orders import (
    GetOrders,
    GetReservationClaims,
    OrdersService,
    OrderStatus,
    OrderSummaries,
    ReservationClaim,
    ReservationClaims,
)
from contracts.ports import Ports, ports, using
from inventory import stock
from inventory.errors import StockWouldGoNegative
from inventory.expiry import BATCH, GRACE, expire_reservations
from inventory.models import MovementKind, Product, Reservation, StockMovement
from inventory.tests.conftest import line, make_product, reservation_id
from shopflow.messaging.models import OutboxEvent

SOME_ID = "0b8f5c1e-7d3a-4a53-9a55-1f1c8f0f2d11"
pytestmark = pytest.mark.django_db(databases=["inventory"])


def reserve(*lines: StockLine, id: str | None = None, ttl_seconds: int = 900) -> str:
    id = id or reservation_id()
    stock.reserve_stock(reservation_id=id, lines=lines, ttl_seconds=ttl_seconds)
    return id


def stock_of(product: Product) -> int:
    """As it stands, and as its ledger says."""
    product.refresh_from_db()
    ledger = product.movements.aggregate(sum=Sum("delta"))["sum"] or 0
    assert product.stock == ledger
    return product.stock


def overdue(id: str) -> None:
    Reservation.objects.filter(id=id).update(expires_at=Now() - GRACE - timedelta(seconds=1))


class ClaimsOnly(OrdersService):
    """Orders, as far as an expiry asks."""

    def __init__(self, **claims: OrderStatus) -> None:
        self.claims = claims

    def get_reservation_claims(self, request: GetReservationClaims) -> ReservationClaims:
        return ReservationClaims(
            claims=tuple(
                ReservationClaim(reservation_id=id, order_id=1, status=self.claims[id])
                for id in request.reservation_ids
                if id in self.claims
            )
        )

    def get_orders(self, request: GetOrders) -> OrderSummaries:
        raise AssertionError


def claimed(**claims: OrderStatus) -> Ports:
    real = ports()
    return Ports(users=real.users, inventory=real.inventory, payments=real.payments, orders=ClaimsOnly(**claims))


def test_reserving_takes_the_stock_and_gives_name_and_price_of_each_line() -> None:
    lamp, mug = make_product(name="Lamp", price=2550), make_product(name="Mug", price=900, stock_level=3)
    id = reservation_id()
    held = stock.reserve_stock(reservation_id=id, lines=[line(mug, 3), line(lamp, 2)], ttl_seconds=900)
    assert held.state is ReservationState.HELD
    assert [(item.product_id, item.quantity, item.name, item.unit_price) for item in held.lines] == [
        (lamp.pk, 2, "Lamp", Money(currency="EUR", minor=2550)),
        (mug.pk, 3, "Mug", Money(currency="EUR", minor=900)),
    ]
    assert (stock_of(lamp), stock_of(mug)) == (8, 0)


def test_reserving_writes_one_ledger_line_per_product_with_the_reservation_as_reference() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    movement = lamp.movements.get(kind=MovementKind.RESERVATION)
    assert (movement.delta, movement.reference) == (-4, id)


def test_lines_of_one_product_are_added_up() -> None:
    lamp = make_product(stock_level=5)
    reserve(line(lamp, 2), line(lamp, 3))
    assert stock_of(lamp) == 0
    with pytest.raises(OutOfStock) as refused:
        reserve(line(make_product(stock_level=5), 2), line(lamp, 1))
    assert refused.value == OutOfStock(product_id=lamp.pk, requested=1, available=0)


def test_refuses_more_than_is_left_and_takes_nothing() -> None:
    lamp, mug = make_product(stock_level=10), make_product(stock_level=1)
    with pytest.raises(OutOfStock) as refused:
        reserve(line(lamp, 2), line(mug, 2))
    assert refused.value == OutOfStock(product_id=mug.pk, requested=2, available=1)
    assert (stock_of(lamp), stock_of(mug)) == (10, 1)
    assert not Reservation.objects.exists()


def test_refuses_a_product_that_is_not_there_or_not_sold() -> None:
    for product_id in (987654321, make_product(active=False).pk):
        with pytest.raises(ProductNotFound) as refused:
            reserve(line(make_product()), StockLine(product_id=product_id, quantity=1))
        assert refused.value == ProductNotFound(product_id=product_id)


@pytest.mark.parametrize(
    ("id", "lines", "ttl_seconds", "field"),
    [
        ("no-uuid", (StockLine(product_id=1, quantity=1),), 900, "reservation_id"),
        (SOME_ID, (), 900, "lines"),
        (SOME_ID, (StockLine(product_id=1, quantity=0),), 900, "lines"),
        (SOME_ID, (StockLine(product_id=1, quantity=1),), 0, "ttl_seconds"),
    ],
)
def test_an_impossible_reservation_is_refused_by_its_field(
    id: str, lines: tuple[StockLine, ...], ttl_seconds: int, field: str
) -> None:
    with pytest.raises(InvalidReservation) as refused:
        stock.reserve_stock(reservation_id=id, lines=lines, ttl_seconds=ttl_seconds)
    assert refused.value.field == field


def test_reserving_again_under_the_same_id_gives_the_first_answer_and_takes_nothing() -> None:
    lamp = make_product(stock_level=2)
    id = reservation_id()
    first = stock.reserve_stock(reservation_id=id, lines=[line(lamp, 2)], ttl_seconds=900)
    Product.objects.filter(pk=lamp.pk).update(price=1)
    again = stock.reserve_stock(reservation_id=id, lines=[line(lamp, 1), line(lamp, 1)], ttl_seconds=5)
    assert again == first
    assert stock_of(lamp) == 0


def test_the_same_id_with_other_lines_is_refused() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 2))
    with pytest.raises(ReservationDiffers):
        reserve(line(lamp, 3), id=id)
    assert stock_of(lamp) == 8


def test_reserving_takes_one_statement(django_assert_num_queries: object) -> None:
    products = [make_product() for _ in range(5)]
    with django_assert_num_queries(1, using="inventory"):  # type: ignore[operator]
        reserve(*(line(product) for product in products))


def test_committing_makes_it_final_and_twice_is_once() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 2))
    for _ in range(2):
        assert stock.commit_reservation(reservation_id=id) is ReservationState.COMMITTED
    assert stock_of(lamp) == 8


@pytest.mark.parametrize("committed", [False, True])
def test_releasing_puts_the_stock_back_exactly_once(committed: bool) -> None:
    lamp, mug = make_product(), make_product()
    id = reserve(line(lamp, 2), line(mug, 1))
    if committed:
        stock.commit_reservation(reservation_id=id)
    for _ in range(3):
        assert stock.release_reservation(reservation_id=id) is ReservationState.RELEASED
    assert (stock_of(lamp), stock_of(mug)) == (10, 10)
    assert StockMovement.objects.filter(reference=id, kind=MovementKind.RELEASE).count() == 2


def test_a_released_reservation_can_neither_be_committed_nor_reserved_again() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 2))
    stock.release_reservation(reservation_id=id)
    with pytest.raises(ReservationClosed) as refused:
        stock.commit_reservation(reservation_id=id)
    assert refused.value.state is ReservationState.RELEASED
    with pytest.raises(ReservationClosed):
        reserve(line(lamp, 2), id=id)
    assert stock_of(lamp) == 10


def test_an_unknown_reservation_is_not_found() -> None:
    for act in (stock.commit_reservation, stock.release_reservation):
        with pytest.raises(ReservationNotFound):
            act(reservation_id=reservation_id())


def test_an_overdue_reservation_without_an_order_comes_back_once() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    overdue(id)
    with using(claimed()):
        assert expire_reservations() == 1
        assert expire_reservations() == 0
    assert stock_of(lamp) == 10
    assert lamp.movements.get(kind=MovementKind.EXPIRY).reference == id
    assert Reservation.objects.get().state == ReservationState.EXPIRED


def test_a_reservation_is_held_until_it_is_overdue_by_the_grace() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    Reservation.objects.filter(id=id).update(expires_at=Now() - GRACE + timedelta(seconds=30))
    with using(claimed()):
        assert expire_reservations() == 0
    assert stock_of(lamp) == 6


def test_an_overdue_reservation_with_a_confirmed_order_is_committed_even_if_the_news_of_it_is_late() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    overdue(id)
    with using(claimed(**{id: OrderStatus.CONFIRMED})):
        assert expire_reservations() == 0
    assert Reservation.objects.get().state == ReservationState.COMMITTED
    assert stock_of(lamp) == 6


def test_an_overdue_reservation_with_a_pending_order_stays_held() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    overdue(id)
    with using(claimed(**{id: OrderStatus.PENDING})):
        assert expire_reservations() == 0
    assert Reservation.objects.get().state == ReservationState.HELD


def test_an_overdue_reservation_of_a_cancelled_order_is_released_not_expired() -> None:
    lamp = make_product()
    id = reserve(line(lamp, 4))
    overdue(id)
    with using(claimed(**{id: OrderStatus.CANCELLED})):
        assert expire_reservations() == 0
    assert Reservation.objects.get().state == ReservationState.RELEASED
    assert lamp.movements.filter(kind=MovementKind.RELEASE).count() == 1
    assert stock_of(lamp) == 10


def test_those_that_wait_for_their_payment_do_not_hold_up_the_others() -> None:
    lamp = make_product(stock_level=BATCH * 2 + 5)
    pending = {reserve(line(lamp)): OrderStatus.PENDING for _ in range(BATCH + 3)}
    abandoned = [reserve(line(lamp)) for _ in range(BATCH + 2)]
    Reservation.objects.update(expires_at=Now() - GRACE - timedelta(seconds=1))
    with using(claimed(**pending)):
        assert expire_reservations() == len(abandoned)
    assert stock_of(lamp) == len(abandoned)


def test_lines_in_two_currencies_are_refused_and_take_nothing() -> None:
    lamp, rug = make_product(), make_product(currency="USD")
    with pytest.raises(MixedCurrencies) as refused:
        reserve(line(lamp), line(rug))
    assert refused.value == MixedCurrencies(currencies="EUR,USD")
    assert (stock_of(lamp), stock_of(rug)) == (10, 10)
    assert not Reservation.objects.exists()


def test_adjusting_counts_and_tells() -> None:
    lamp = make_product(stock_level=10)
    left = stock.adjust_stock(
        product_id=lamp.pk, delta=-3, kind=MovementKind.ADJUSTMENT, reason="broken in the shop", actor_id=7
    )
    assert left == stock_of(lamp) == 7
    movement = lamp.movements.get(kind=MovementKind.ADJUSTMENT)
    assert (movement.delta, movement.reason, movement.actor_id) == (-3, "broken in the shop", 7)
    event = OutboxEvent.objects.using("inventory").order_by("id").last()
    assert event is not None
    assert (event.type, event.aggregate_id) == ("stock.adjusted", f"product:{lamp.pk}")
    assert event.data == {"product_id": lamp.pk, "delta": -3, "stock": 7}


def test_adjusting_below_zero_is_refused_and_changes_nothing() -> None:
    lamp = make_product(stock_level=2)
    with pytest.raises(StockWouldGoNegative) as refused:
        stock.adjust_stock(product_id=lamp.pk, delta=-3, kind=MovementKind.ADJUSTMENT)
    assert refused.value == StockWouldGoNegative(product_id=lamp.pk, available=2)
    assert stock_of(lamp) == 2


def test_adjusting_an_unknown_product_is_not_found() -> None:
    with pytest.raises(ProductNotFound):
        stock.adjust_stock(product_id=987654321, delta=1, kind=MovementKind.ADJUSTMENT)


def test_the_database_itself_refuses_negative_stock() -> None:
    lamp = make_product(stock_level=2)
    with pytest.raises(IntegrityError, match="stock_never_negative"), transaction.atomic(using="inventory"):
        Product.objects.filter(pk=lamp.pk).update(stock=F("stock") - 3)


def test_the_database_itself_refuses_to_change_the_ledger() -> None:
    movement = make_product().movements.get()
    for change in (movement.delete, lambda: StockMovement.objects.update(delta=5)):
        with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic(using="inventory"):
            change()


def test_no_trigger_makes_a_sale_read_the_words_of_its_product_anew() -> None:
    """Any trigger before updates does: PostgreSQL then makes each generated column again."""
    with connections["inventory"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'inventory_product'::regclass"
            " AND tgtype & 2 > 0 AND tgtype & 16 > 0"  # before, update
        )
        assert cursor.fetchone() == (0,)


def test_is_low_follows_the_stock_and_the_threshold() -> None:
    product = make_product(stock_level=5, low_stock_at=4)

    def is_low() -> bool:
        product.refresh_from_db()
        return product.is_low

    assert (is_low(), make_product(stock_level=0, low_stock_at=0).is_low) == (False, True)
    held = stock.reserve_stock(reservation_id=reservation_id(), lines=[line(product, 1)], ttl_seconds=900)
    assert is_low()
    stock.release_reservation(reservation_id=held.reservation_id)
    assert not is_low()
    for threshold, low in ((5, True), (None, False), (9, True)):
        Product.objects.filter(pk=product.pk).update(low_stock_at=threshold)
        assert is_low() is low
    stock.adjust_stock(product_id=product.pk, delta=5, kind=MovementKind.DELIVERY)
    assert not is_low()
