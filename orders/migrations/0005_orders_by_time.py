from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while orders come in, which no transaction can do."""

    atomic = False
    dependencies = [("orders", "0004_permissions")]

    operations = [
        AddIndexConcurrently(model_name="order", index=models.Index("created_at", name="order_by_time")),
        AddIndexConcurrently(
            model_name="orderevent",
            index=models.Index(
                "created_at",
                condition=models.Q(type__in=("order.cancelled", "order.refund_requested", "order.refund_failed")),
                name="order_event_of_less",
            ),
        ),
    ]
