from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

BY_HAND = ["opening", "adjustment", "delivery", "count", "undo"]


class Migration(migrations.Migration):
    """What the ledger's pages read. As many indexes as before: one for sales to write is dropped for each that is new."""

    atomic = False
    dependencies = [("inventory", "0009_movement_keys")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY moved_once_per_key ON inventory_stockmovement (key) "
                    "WHERE key IS NOT NULL",
                    "DROP INDEX CONCURRENTLY moved_once_per_key",
                )
            ],
            [
                migrations.AddConstraint(
                    model_name="stockmovement",
                    constraint=models.UniqueConstraint(
                        condition=~Q(key=None), fields=("key",), name="moved_once_per_key"
                    ),
                )
            ],
        ),
        AddIndexConcurrently(
            model_name="stockmovement",
            index=models.Index("product", "id", include=("delta",), name="movement_in_order"),
        ),
        AddIndexConcurrently(
            model_name="stockmovement",
            index=models.Index("product", "created_at", "id", include=("delta",), name="movement_in_time"),
        ),
        AddIndexConcurrently(
            model_name="stockmovement",
            index=models.Index("kind", "created_at", "id", condition=Q(kind__in=BY_HAND), name="movement_by_hand"),
        ),
        RemoveIndexConcurrently(model_name="stockmovement", name="movement_by_product"),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(  # Django's own for the foreign key, which the others begin with
                    "DROP INDEX CONCURRENTLY IF EXISTS inventory_stockmovement_product_id_4eccfd0a",
                    "CREATE INDEX CONCURRENTLY inventory_stockmovement_product_id_4eccfd0a "
                    "ON inventory_stockmovement (product_id)",
                )
            ],
            [
                migrations.AlterField(
                    model_name="stockmovement",
                    name="product",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="movements",
                        to="inventory.product",
                    ),
                )
            ],
        ),
    ]
