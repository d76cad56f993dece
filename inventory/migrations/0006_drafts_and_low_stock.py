from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

ARCHIVED = "UPDATE inventory_product SET archived_at = updated_at WHERE NOT active AND archived_at IS NULL"
"""Until now, what was not on sale had been archived."""


class Migration(migrations.Migration):
    """The indexes are built while sales go on, which no transaction can do."""

    atomic = False
    dependencies = [("inventory", "0005_back_office")]

    operations = [
        migrations.RunSQL(ARCHIVED, migrations.RunSQL.noop),
        ValidateConstraint(model_name="product", name="archived_is_not_on_sale"),
        ValidateConstraint(model_name="product", name="low_stock_at_never_negative"),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index("id", condition=Q(active=True, is_low=True), name="product_low"),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index("id", condition=Q(active=False, archived_at=None), name="product_draft"),
        ),
    ]
