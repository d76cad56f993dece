from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while payments are made, which no transaction can do."""

    atomic = False
    dependencies = [("payments", "0002_append_only_ledger")]

    operations = [
        AddIndexConcurrently(
            model_name="paymentintent",
            index=models.Index(
                models.F("status"),
                models.OrderBy(models.F("order_id"), descending=True),
                name="payment_by_status_newest_first",
            ),
        ),
    ]
