from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

KEEP_IS_LOW = """
CREATE FUNCTION inventory_keep_is_low() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_low := coalesce(NEW.stock <= NEW.low_stock_at, false);
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_is_low BEFORE INSERT OR UPDATE OF stock, low_stock_at ON inventory_product
    FOR EACH ROW WHEN (NEW.low_stock_at IS NOT NULL OR NEW.is_low) EXECUTE FUNCTION inventory_keep_is_low();
"""
"""By a trigger, so that the release before this one, which knows nothing of it, keeps it right as well."""
DROP_IS_LOW = "DROP TRIGGER keep_is_low ON inventory_product; DROP FUNCTION inventory_keep_is_low;"


class Migration(migrations.Migration):
    """Drafts, images, thresholds, notes in the ledger: all of it additive, and without a look at the rows."""

    dependencies = [("inventory", "0004_returns")]

    operations = [
        migrations.AlterModelOptions(
            name="product",
            options={
                "permissions": [
                    ("adjust_stock", "Can adjust stock and receive deliveries"),
                    ("import_products", "Can import products"),
                    ("import_stock", "Can import counts of stock"),
                ]
            },
        ),
        migrations.AddField(
            model_name="product",
            name="archived_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="image_url",
            field=models.URLField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="product",
            name="is_low",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="product",
            name="low_stock_at",
            field=models.BigIntegerField(
                blank=True,
                help_text="The stock at which more is to be ordered; empty: nobody is to be told.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
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
                    ("delivery", "Delivery"),
                    ("count", "Stock count"),
                    ("undo", "Import undone"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="stockmovement",
            name="reference",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The reservation, refund, delivery or import behind it.",
                max_length=64,
            ),
        ),
        AddConstraintNotValid(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=Q(active=False) | Q(archived_at=None), name="archived_is_not_on_sale"
            ),
        ),
        AddConstraintNotValid(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=Q(low_stock_at=None) | Q(low_stock_at__gte=0), name="low_stock_at_never_negative"
            ),
        ),
        migrations.RunSQL(KEEP_IS_LOW, DROP_IS_LOW),
    ]
