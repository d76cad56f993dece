"""No context reaches into another by a name that import linting cannot see."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from shopflow.routing import alias_of
from tests.architecture.couplings import CONTEXTS, couplings, modules_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_context_names_anothers_tables_models_or_database(context: str) -> None:
    modules = modules_of(ROOT, context)
    assert modules
    found = {str(path.relative_to(ROOT)): couplings(context, path.read_text()) for path in modules}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted",
    [
        'product = models.ForeignKey("inventory.Product", on_delete=models.CASCADE)',
        'products = models.ManyToManyField(to="inventory.Product")',
        'Product = apps.get_model("inventory", "Product")',
        'cursor.execute("SELECT stock FROM inventory_product WHERE id = %s", [1])',
        'STATEMENT = """\nUPDATE users_user SET email = NULL\n"""',
        'TABLE = "inventory_product"',
        'Order.objects.using("inventory").all()',
        'with transaction.atomic(using="inventory"): pass',
        'connections["users"].cursor()',
    ],
)
def test_a_planted_coupling_is_found(planted: str) -> None:
    assert couplings("orders", planted) != []


def test_a_contexts_own_names_are_its_own() -> None:
    assert (
        couplings("orders", 'connections["orders"]; ForeignKey("orders.Order"); S = "SELECT 1 FROM orders_order"') == []
    )


def test_the_contexts_are_those_of_the_settings() -> None:
    assert settings.CONTEXTS == ("users", "inventory", "orders", "payments")
    assert set(settings.CONTEXTS) == set(CONTEXTS)


def test_no_relation_crosses_a_database() -> None:
    crossing = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.related_model is not None
        and not isinstance(field.related_model, str)
        and alias_of(field.related_model._meta.app_label) != alias_of(model._meta.app_label)
    ]
    assert crossing == []


@pytest.mark.django_db(databases=settings.CONTEXTS)
def test_each_database_holds_only_its_contexts_tables() -> None:
    for context in settings.CONTEXTS:
        expected = {
            model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_label == "messaging" or alias_of(model._meta.app_label) == context
        }
        tables = set(connections[context].introspection.table_names()) - {"django_migrations"}
        assert tables == expected
