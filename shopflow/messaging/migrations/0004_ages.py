from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """For the purge. The tables are large and busy: nobody waits for the indexes."""

    atomic = False

    dependencies = [
        ("messaging", "0003_awaiting"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="outboxevent",
            index=models.Index(
                models.F("delivered_at"),
                condition=models.Q(("delivered_at__isnull", False)),
                name="outbox_delivered",
            ),
        ),
        AddIndexConcurrently(
            model_name="inboxentry",
            index=models.Index(models.F("received_at"), name="inbox_age"),
        ),
    ]
