from django.db import migrations, models
from django.db.models import Q

ONCE = models.UniqueConstraint(
    condition=Q(("kind", "return")), fields=("reference", "product"), name="returned_once_per_refund"
)


class Migration(migrations.Migration):
    """The index is built while sales go on, which no transaction can do."""

    atomic = False
    dependencies = [("inventory", "0003_catalogue")]

    operations = [
        migrations.AlterField(
            model_name="stockmovement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opening", "Opening stock"),
                    ("adjustment", "Adjustment"),
                    ("reservation", "Reserved for an order"),
                    ("release", "Released by a cancelled order"),
                    ("expiry", "Reservation expired"),
                    ("return", "Returned by a refund"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="reference",
            field=models.CharField(
                blank=True, default="", help_text="The reservation or refund behind it.", max_length=64
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS returned_once_per_refund",  # what a broken attempt left
                        """
                        CREATE UNIQUE INDEX CONCURRENTLY returned_once_per_refund
                        ON inventory_stockmovement (reference, product_id) WHERE kind = 'return'
                        """,
                    ],
                    "DROP INDEX CONCURRENTLY returned_once_per_refund",
                )
            ],
            state_operations=[migrations.AddConstraint(model_name="stockmovement", constraint=ONCE)],
        ),
    ]
