"""The groups of the staff, each with just what its name says.

Django makes content types and permissions only once all migrations are through. Those that the groups need are made
here, by the keys by which Django finds them then.
"""

from typing import Any

from django.db import migrations

GROUPS = {
    "catalogue": [
        ("inventory", "product", "view_product", "Can view product"),
        ("inventory", "product", "add_product", "Can add product"),
        ("inventory", "product", "change_product", "Can change product"),
        ("inventory", "product", "import_products", "Can import products"),
    ],
    "stock": [
        ("inventory", "product", "view_product", "Can view product"),
        ("inventory", "product", "adjust_stock", "Can adjust stock and receive deliveries"),
        ("inventory", "product", "import_stock", "Can import counts of stock"),
        ("inventory", "stockmovement", "view_stockmovement", "Can view stock movement"),
        ("inventory", "reservation", "view_reservation", "Can view reservation"),
        ("inventory", "reservationline", "view_reservationline", "Can view reservation line"),
    ],
    "orders": [
        ("orders", "order", "view_order", "Can view order"),
        ("orders", "order", "cancel_order", "Can cancel orders"),
        ("orders", "order", "refund_order", "Can refund orders"),
        ("orders", "order", "fulfil_order", "Can mark orders shipped and delivered"),
        ("orders", "orderline", "view_orderline", "Can view order line"),
        ("payments", "paymentintent", "view_paymentintent", "Can view payment intent"),
        ("payments", "providercall", "view_providercall", "Can view provider call"),
        ("payments", "refund", "view_refund", "Can view refund"),
        ("users", "notification", "view_notification", "Can view notification"),
    ],
    "operations": [
        ("messaging", "outboxevent", "view_outboxevent", "Can view outbox event"),
        ("messaging", "outboxevent", "replay_deadletter", "Can replay dead letters"),
        ("back_office", "invariantrun", "view_invariantrun", "Can view invariant run"),
        ("back_office", "invariantrun", "run_invariants", "Can run the invariants"),
        ("back_office", "invariantrun", "view_backlog", "Can see what waits: events, reservations, imports"),
        ("admin", "logentry", "view_logentry", "Can view log entry"),
        ("users", "webhookendpoint", "view_webhookendpoint", "Can view webhook endpoint"),
        ("users", "webhookdelivery", "view_webhookdelivery", "Can view webhook delivery"),
        ("inventory", "reservation", "view_reservation", "Can view reservation"),
        ("inventory", "reservationline", "view_reservationline", "Can view reservation line"),
    ],
}


def create(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    for name, rights in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        group.permissions.add(*(permission(apps, alias, right) for right in rights))


def permission(apps: Any, alias: str, right: tuple[str, str, str, str]) -> Any:
    app_label, model, codename, name = right
    types, permissions = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    content_type, _ = types.objects.using(alias).get_or_create(app_label=app_label, model=model)
    found, _ = permissions.objects.using(alias).get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return found


def remove(apps: Any, schema_editor: Any) -> None:
    """The permissions stay: they are the models'."""
    apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("back_office", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create, remove)]
